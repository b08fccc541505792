"""What a process counts about itself, for /metrics; what is in the database is read there instead.

Labels are names from the code, never from people: no workspace, no address, no id.
"""

from prometheus_client import Counter, Histogram

REQUESTS = Counter(
    "dealpay_http_requests_total",
    "HTTP requests answered, by the name of their route; static files are `static`.",
    ["route", "status"],
)
REQUEST_SECONDS = Histogram(
    "dealpay_http_request_seconds",
    "From a request's arrival in the app to its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
CALLS = Counter(
    "dealpay_outside_calls_total",
    "Calls of a plugin's verbs; the outcome is ok, or the name of the error.",
    ["plugin", "verb", "outcome"],
)
CALL_SECONDS = Counter(
    "dealpay_outside_call_seconds_total", "Seconds spent in those calls.", ["plugin", "verb"]
)
JOBS = Counter(
    "dealpay_jobs_total",
    "Jobs run by this process, and the state each was left in: pending is put off.",
    ["kind", "state"],
)
