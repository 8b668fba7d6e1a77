"""The functions that are measured, as deployment packages."""

import io
import zipfile

ANSWER = """
def handler(event, context):
    return {"statusCode": 200, "statusDescription": "200 OK", "isBase64Encoded": False,
            "headers": {"content-type": "text/plain"}, "body": "ok"}
"""

PROXY_ANSWER = """
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "ok"}
"""

WITH_SDK = """
import boto3

CLIENT = boto3.client("sqs")

def handler(event, context):
    return "ok"
"""

REPORTING = """
import http.client, os

def handler(event, context):
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["REPORT_TO"]))
    connection.request("POST", "/", str(len(event["Records"])))
    connection.getresponse().read()
    connection.close()
"""
"""Tells the benchmark how many records it got, at the moment it got them."""


def package(source: str) -> bytes:
    """Return a deployment package with one module, `index`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()
