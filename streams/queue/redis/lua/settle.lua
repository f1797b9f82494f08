-- Move what is due at ARGV[1] into the ready queues, a bounded number at a time; returns how many moved.
return settle(ARGV[1])
