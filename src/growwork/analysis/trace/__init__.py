"""What an execution trace says: its scan's tables in, typed results out.

`scan` takes the generations of a trace one by one and asks every other module here for its part:
who paid (`assists`), what stopped the world (`pauses`), what the GC did (`gc_cycles`, `gc_work`,
`mmu`), where goroutines waited (`latencies`), what samples hit (`cpu_samples`), and which
intervals were worst and why (`spikes`, from `incidents`).
"""
