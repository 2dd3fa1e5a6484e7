"""The thresholds of the rules, each with its reason.

A rule is silent below them: a report full of sites that cost nothing teaches people to ignore
it. What was measured at a silent site is still in the diagnosis.
"""

from __future__ import annotations

__all__ = [
    "BIMODAL_SHARE",
    "FIRM_SAMPLES",
    "LONG_ASSIST_NS",
    "MAX_DOUBTFUL_LOSS",
    "MAX_P95_SPREAD",
    "MAX_RESERVED_BYTES",
    "MIN_ASSISTS",
    "MIN_ASSIST_NS",
    "MIN_ASSIST_SHARE",
    "MIN_BYTES",
    "MIN_BYTES_SHARE",
    "MIN_SAMPLES",
    "OVERSIZE_FACTOR",
    "RED_SHARE",
    "SMALL_MAP_FACTOR",
    "SMALL_MAP_SLOTS",
    "TOLD_ASSIST_SHARE",
    "YELLOW_SHARE",
]

# One bucket or group: no hint changes what such a map costs, on any release.
SMALL_MAP_SLOTS = 8

# Sampled arrays behind a size distribution. Below 30 the estimated class is wrong at a third of
# the sites; between 30 and 100 it is right within one doubling.
MIN_SAMPLES = 30
FIRM_SAMPLES = 100

# A constant is written for every map a site will ever make. One that reserves more than this at
# once is for a person to weigh: a map made in vain would cost all of it.
MAX_RESERVED_BYTES = 1 << 20

# Cost below which nobody should change code: an absolute floor, and a share of what the process
# allocated.
MIN_BYTES = 256 << 10
MIN_BYTES_SHARE = 0.005

# Shares of the process's allocation or assist time from which a finding is yellow, or red.
YELLOW_SHARE = 0.02
RED_SHARE = 0.10

# At most this share of a site's maps may end more than two doublings below the P95 class.
# With more of them the site has two populations and one number fits neither.
BIMODAL_SHARE = 0.10
SMALL_MAP_FACTOR = 4

# The number of small maps is rough. Where the profile cannot tell whether there are any, a
# constant must not cost more than this share if there are.
MAX_DOUBTFUL_LOSS = 0.15

# The 90 % interval of the P95 class may span at most one doubling; beyond, a constant is a guess.
MAX_P95_SPREAD = 2

# A hint is far too large when it gives at least this multiple of the slots the maps need. Twice
# the slots is within the rounding of every hint.
OVERSIZE_FACTOR = 4

# Mark assist inside growth, as a share of all mark assist: many assists that add up, or one that
# a caller notices. Where another finding ends the growth anyway, it takes more to be told twice.
MIN_ASSIST_NS = 1_000_000
MIN_ASSISTS = 20
LONG_ASSIST_NS = 10_000_000
MIN_ASSIST_SHARE = 0.02
TOLD_ASSIST_SHARE = 0.05
