"""The evidence: raw bytes, records and rows in an append-only log that others can verify, and a view to ask."""

from trucewatch.evidence.blobs import BlobStore
from trucewatch.evidence.canonical import body_bytes, from_body, read_body, to_body
from trucewatch.evidence.config import Config
from trucewatch.evidence.envelope import Envelope
from trucewatch.evidence.files import Files, OsFiles
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.log import LeafRef, Log, Record, SegmentRef
from trucewatch.evidence.note import Checkpoint, VerifierKey, load_or_create_key
from trucewatch.evidence.raw import RawFile
from trucewatch.evidence.reader import LogReader
from trucewatch.evidence.segments import RowProof, prove_row, verify_row
from trucewatch.evidence.trace import Step, trace
from trucewatch.evidence.verify import Problem, VerifyReport, verify
from trucewatch.evidence.view import Hits, View

__all__ = [
    "BlobStore",
    "Checkpoint",
    "Config",
    "Envelope",
    "Files",
    "Hits",
    "Layout",
    "LeafRef",
    "Log",
    "LogReader",
    "OsFiles",
    "Problem",
    "RawFile",
    "Record",
    "RowProof",
    "SegmentRef",
    "Step",
    "VerifierKey",
    "VerifyReport",
    "View",
    "body_bytes",
    "from_body",
    "load_or_create_key",
    "prove_row",
    "read_body",
    "to_body",
    "trace",
    "verify",
    "verify_row",
]
