#!/usr/bin/env bash
# Whole processes against plain tools on the same tree, in one run: the ratios are the figures that must hold.
#
#   benches/compare.sh [RUNS]
#
# Builds the release binary, generates the example into memory-backed storage where there is some, and prints a table.
# Ends with 1 where a figure misses its target.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "${LOADPATH_NO_BUILD:-}" ] || cargo build --release --quiet
exec python3 - "${CARGO_TARGET_DIR:-target}/release/loadpath" "${1:-30}" <<'PYTHON'
import os, pathlib, resource, shutil, statistics, subprocess, sys, tempfile, time

loadpath, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2])
blueprint = os.path.abspath("blueprints/sharded-kubernetes.yaml")
base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
work = pathlib.Path(tempfile.mkdtemp(dir=base))
project, copy = work / "project", work / "copy"
environment = {key: value for key, value in os.environ.items() if not key.startswith("LOADPATH_")}


def run(*command):
    """Seconds and peak memory (KiB) of one process."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss, child.returncode


def pair(name, target, ours, theirs, before_ours=None, before_theirs=None):
    """Both, in turn, so that what disturbs one disturbs the other; the medians are compared."""
    mine, other, memory = [], [], 0
    for _ in range(runs):
        before_ours and before_ours()
        seconds, peak, code = run(*ours)
        assert code == 0, (ours, code)
        mine.append(seconds)
        memory = max(memory, peak)
        before_theirs and before_theirs()
        seconds, _, code = run(*theirs)
        assert code == 0, (theirs, code)
        other.append(seconds)
    a, b = statistics.median(mine), statistics.median(other)
    row(name, f"{1000 * a:.1f} ms", f"{1000 * b:.1f} ms", f"{a / b:.1f} ×", f"≤ {target} ×", a / b <= target)
    return memory


missed = 0
print("| figure | loadpath | against | result | target |")
print("| --- | ---: | ---: | ---: | ---: |")


def row(name, ours, theirs, result, target, holds):
    global missed
    missed += not holds
    print(f"| {name} | {ours} | {theirs} | {result}{'' if holds else ' **missed**'} | {target} |", flush=True)


def fresh(path):
    return lambda: shutil.rmtree(path, ignore_errors=True)


generate = (loadpath, "generate", blueprint, "-o", str(project), "--quiet")
check = (loadpath, "check", blueprint, "-o", str(project), "--quiet")
run(*generate)
kept = work / "kept"
shutil.copytree(project, kept)
shutil.copytree(project, copy)
tree = [path for path in project.rglob("*") if path.is_file()]
outside = [path for path in tree if ".loadpath" not in path.parts]
size = sum(path.stat().st_size for path in outside)

peak = pair("first `generate` : `cp -r`", 8, generate, ("cp", "-r", str(kept), str(copy)), fresh(project), fresh(copy))
same = ("git", "diff", "--no-index", "--quiet", str(kept), str(copy))
peak = max(peak, pair("`generate` with nothing to do : `git diff --no-index`", 5, generate, same))
peak = max(peak, pair("`check` : `git diff --no-index`", 5, check, same))
pair("`--version` : `true`", 5, (loadpath, "--version"), ("true",))
row("peak memory", f"{peak / 1024:.1f} MiB", "", "", "< 20 MiB", peak < 20 * 1024)
binary = os.path.getsize(loadpath)
row("release binary", f"{binary / 1e6:.1f} MB", "", "", "< 15 MB", binary < 15e6)


def many(count):
    """Seconds to check so many projects, one after the other."""
    began = time.perf_counter()
    for _ in range(count):
        subprocess.run(check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - began


few, lots = many(100), many(1000)
row("1,000 checks : 100 checks", f"{lots:.1f} s", f"{few:.1f} s", f"{lots / few:.1f} ×", "≤ 11 ×", lots / few <= 11)
print(f"\n{len(outside)} files, {size / 1024:.0f} KiB, besides .loadpath/; median of {runs} runs in turn; {os.cpu_count()} cores, "
      f"load {os.getloadavg()[0]:.1f}")
shutil.rmtree(work)
sys.exit(1 if missed else 0)
PYTHON
