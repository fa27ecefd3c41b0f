"""What it costs: processor time, latency, memory, beside what it is compared with."""
