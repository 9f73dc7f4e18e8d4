"""The life of a job through the client that openapi-python-client generates (package `mathmill_api`).

python use_openapi_python_client.py URL FILE
"""

import sys

from mathmill_api.api.evaluate import evaluate
from mathmill_api.api.jobs import cancel_job, create_job, delete_job, get_job, list_jobs, watch_job
from mathmill_api.api.operations import get_results, list_operations
from mathmill_api.client import Client
from mathmill_api.models import EvaluationRequest, JobUpload, Problem
from mathmill_api.types import File

url, path = sys.argv[1:]
client = Client(base_url=url)
operations = ["7 + 4 + 6 - 5 * 2", "0.1 + 0.2", "1 / 0"]

# A job from a list of operations.
created = create_job.sync(client=client, body=JobUpload(operations=operations))
assert created.created_operations == 3, created
job = get_job.sync(created.id, client=client, wait=60)
assert (job.status, job.succeeded, job.failed) == ("Completed", 2, 1), job

# A job from a file.
with open(path, "rb") as file:
    uploaded = create_job.sync(client=client, body=File(payload=file), name="from openapi-python-client")
assert uploaded.created_operations == 250, uploaded

# Events until the end.
events = watch_job.sync(uploaded.id, client=client)
assert 'data: {"reason":"finished"}' in events, events

# Pages.
jobs = list_jobs.sync(client=client)
assert any(item.id == uploaded.id and item.name == "from openapi-python-client" for item in jobs.items)
first = list_operations.sync(uploaded.id, client=client)
assert (first.total, len(first.items), first.items[0].result) == (250, 30, "2"), first
second = list_operations.sync(uploaded.id, client=client, page=2, size=100)
assert second.items[0].id == "101", second

# Results.
results = get_results.sync(created.id, client=client)
assert results == "7\n0.3\nERROR DIV0: Division by zero. (column 3)\n", results

# A few operations without a job.
outcomes = evaluate.sync(client=client, body=EvaluationRequest(operations=operations)).results
assert (outcomes[1].result, outcomes[2].error.code) == ("0.3", "DIV0"), outcomes

# Cancel, delete, and the problem of a job that is gone.
assert cancel_job.sync(created.id, client=client).status == "Completed"
for job_id in (created.id, uploaded.id):
    assert delete_job.sync_detailed(job_id, client=client).status_code == 204
gone = get_job.sync(created.id, client=client)
assert isinstance(gone, Problem) and gone.code == "JOB_NOT_FOUND", gone
print("passed")
