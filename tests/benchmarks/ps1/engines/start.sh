#!/bin/bash
# start.sh NAME: as the peers' own, with `signals` as one more engine. PEERS is the folder of the peers, SIGNALS the program.
if [ "$1" != signals ]; then exec bash "$PEERS/engines/start.sh" "$@"; fi
cd "$(dirname "$0")/.."
export SIGNALS_TOPIC_PREFIX=$PS1_APP- SIGNALS_PARTITIONS=$PS1_PARTITIONS SIGNALS_CLOCK=event SIGNALS_WORKER_PORT=0
for i in $(seq "${PS1_WORKERS:-1}"); do
  SIGNALS_INSTANCE=worker-$i SIGNALS_DATA=$PS1_STATE/worker-$i "$SIGNALS" worker --config config.yaml --pack pack &
done
wait
