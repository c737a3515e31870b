"""Counts words: one JSON document in, one JSON message per line out."""

import json
import sys

job = json.load(sys.stdin)
texts = [part["text"] for part in job["inputs"] if "text" in part]
if not texts:
    print(json.dumps({"type": "error", "code": "no-text", "message": "Send text to count."}))
    sys.exit()

words = 0
for done, text in enumerate(texts, start=1):
    words += len(text.split())
    print(json.dumps({"type": "progress", "note": f"text {done}", "fraction": done / len(texts)}), flush=True)

print(json.dumps({"type": "result", "content": {"words": words}}))
