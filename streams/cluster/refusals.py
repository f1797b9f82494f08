"""What was refused, as Prometheus is told: by workers, and by API processes, which refuse what no worker ever sees."""

from prometheus_client import Counter

QUARANTINED = Counter("signals_quarantined_total", "Records refused, by reason.", ["reason"])
