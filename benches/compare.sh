#!/usr/bin/env bash
# Whole processes against plain tools on the same tree, in one run: the ratios are the figures that must hold.
#
#   benches/compare.sh [RUNS]
#
# Builds the release binary, generates the example into memory-backed storage where there is some, and prints the table of
# benches/README.md. Ends with 1 where a figure misses its limit. Each pair runs in turn, and what counts is the median of the ratios
# of its runs: what disturbs one of a pair disturbs the other. CPU time (user and system, all threads) stands beside the wall clock,
# for a machine that has other work as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "${LOADPATH_NO_BUILD:-}" ] || cargo build --release --quiet
sizing=$(cargo bench --quiet --bench stages -- size_one_environment 2>/dev/null) || sizing=
exec python3 - "${CARGO_TARGET_DIR:-target}/release/loadpath" "${1:-40}" "$sizing" <<'PYTHON'
import os, pathlib, re, shutil, statistics, subprocess, sys, tempfile, time

loadpath, runs, sizing = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
blueprint = os.path.abspath("blueprints/sharded-kubernetes.yaml")
base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
work = pathlib.Path(tempfile.mkdtemp(dir=base))
project, copy, kept = work / "project", work / "copy", work / "kept"
environment = {key: value for key, value in os.environ.items() if not key.startswith("LOADPATH_")}
missed = 0


def run(*command):
    """Seconds by the clock, seconds of CPU and peak memory (KiB) of one process that must succeed."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (command, child.returncode)
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def row(name, limit, ours, theirs, result, holds):
    global missed
    missed += not holds
    print(f"| {name} | {limit} | {ours} | {theirs} | {result}{'' if holds else ' **missed**'} |", flush=True)


def pair(name, limit, ours, theirs, before_ours=None, before_theirs=None):
    """Both in turn; the medians, and the median of the ratios."""
    mine, other = [], []
    for _ in range(runs):
        before_ours and before_ours()
        mine.append(run(*ours))
        before_theirs and before_theirs()
        other.append(run(*theirs))
    middle = lambda figures, idx: 1000 * statistics.median(figure[idx] for figure in figures)
    ratio = statistics.median(a[0] / b[0] for a, b in zip(mine, other))
    show = lambda figures: f"{middle(figures, 0):.1f} ms ({middle(figures, 1):.1f} CPU)"
    row(name, f"{limit} ×", show(mine), show(other), f"{ratio:.1f} ×", ratio <= limit)
    return max(figure[2] for figure in mine)


def fresh(path):
    return lambda: shutil.rmtree(path, ignore_errors=True)


def check_of(folder):
    return loadpath, "check", blueprint, "-o", str(folder), "--quiet"


generate = (loadpath, "generate", blueprint, "-o", str(project), "--quiet")
run(*generate)
shutil.copytree(project, kept)
shutil.copytree(project, copy)
outside = [path for path in kept.rglob("*") if path.is_file() and ".loadpath" not in path.parts]
size = sum(path.stat().st_size for path in outside)

print("| what | limit | loadpath | against | measured |")
print("| --- | ---: | ---: | ---: | ---: |")
peak = pair("first `generate` : `cp -r`", 8, generate, ("cp", "-r", str(kept), str(copy)), fresh(project), fresh(copy))
same = ("git", "diff", "--no-index", "--quiet", str(kept), str(copy))
peak = max(peak, pair("`generate` with nothing to do : `git diff --no-index --quiet`", 5, generate, same))
peak = max(peak, pair("`check` : `git diff --no-index --quiet`", 5, check_of(project), same))
# A new forecast for a project with five edits by hand: some of them in files that it changes.
edited = work / "edited"
shutil.copytree(kept, edited)
root = edited / "terraform" / "gcp" / "infrastructure"
for path, line in [(root / "network.tf", "# mine\n"), (root / "envs" / "prod.tfvars", "# mine\n"), (root / "envs" / "dev.tfvars", "# mine\n"),
                   (edited / "docs" / "CAPACITY.md", "mine\n"), (edited / "docs" / "RUNBOOK.md", "mine\n")]:
    path.write_text(line + path.read_text())


def with_edits():
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(edited, project)


grown = generate + ("--set", "users.monthly_active=1M", "--set", "users.peak_concurrent=100k")
pair("`generate` of a new forecast over five edits : `cp -r`", 10, grown, ("cp", "-r", str(kept), str(copy)), with_edits, fresh(copy))
with_edits()
run(*generate)
pair("`--version` : `true`", 5, (loadpath, "--version"), ("true",))

# divan prints fastest, slowest, median, mean of each cloud.
found = re.findall(r"(aws|gcp)\s+[\d.]+ \S+\s+│ [\d.]+ \S+\s+│ ([\d.]+) (ns|µs|ms|s)\s", sizing)
unit = {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}
medians = [float(value) * unit[name] for _, value, name in found]
sized = f"{max(medians):.2f} ms" if medians else "no bench"
row("sizing one environment", "1 ms", sized, "", sized, bool(medians) and max(medians) < 1)
row("peak memory", "20 MiB", f"{peak / 1024:.1f} MiB", "", f"{peak / 1024:.1f} MiB", peak < 20 * 1024)
binary = os.path.getsize(loadpath) / 1e6
row("release binary", "15 MB", f"{binary:.1f} MB", "", f"{binary:.1f} MB", binary < 15)


def many(count):
    """Seconds by the clock and of CPU to check so many projects, one after the other."""
    figures = [run(*check_of(work / f"many-{idx}")) for idx in range(count)]
    return sum(figure[0] for figure in figures), sum(figure[1] for figure in figures)


for idx in range(1000):
    # Names of their own, content shared: a thousand projects would else need gigabytes.
    shutil.copytree(kept, work / f"many-{idx}", copy_function=os.link)
few, lots = many(100), many(1000)
show = lambda figures: f"{figures[0]:.1f} s ({figures[1]:.1f} CPU)"
ratio = lots[0] / few[0]
row("1,000 projects checked : 100", "11 ×", show(lots), show(few), f"{ratio:.1f} ×", ratio <= 11)

# All at once, each with its blueprint beside it, against git's comparison of the same files with a copy.
repository, twin = work / "repository", work / "twin"
for idx in range(1000):
    shutil.rmtree(work / f"many-{idx}")
first = repository / "project-0"
first.mkdir(parents=True)
shutil.copy(blueprint, first / "loadpath.yaml")
run(loadpath, "generate", str(first), "--quiet")
for idx in range(1, 1000):
    shutil.copytree(first, repository / f"project-{idx}", copy_function=os.link)
shutil.copytree(repository, twin, copy_function=os.link)
whole = (loadpath, "check", "--all", str(repository), "--quiet")
runs_before, runs = runs, min(runs, 3)
most = pair("1,000 projects, `check --all` : `git diff --no-index --quiet`", 5, whole, ("git", "diff", "--no-index", "--quiet", str(repository), str(twin)))
runs = runs_before
row("peak memory of it", "40 MiB", f"{most / 1024:.1f} MiB", "", f"{most / 1024:.1f} MiB", most < 40 * 1024)
print(f"\n{len(outside)} files, {size / 1024:.0f} KiB, besides .loadpath/; median of {runs} runs in turn; {os.cpu_count()} cores, "
      f"load {os.getloadavg()[0]:.1f}")
shutil.rmtree(work)
sys.exit(1 if missed else 0)
PYTHON
