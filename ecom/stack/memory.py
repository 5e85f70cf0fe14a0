"""What a process and those below it keep in memory."""

import psutil


def resident(pid: int) -> int:
    """Bytes, each page of memory shared among them counted once (PSS) where the system tells, else RSS."""
    total = 0
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0
    for process in family:
        try:
            info = process.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:  # ended meanwhile, or not ours to look at
            continue
    return total
