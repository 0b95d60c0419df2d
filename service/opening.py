"""A routed comment becomes a ticket: which queue, how soon, and why. Pure: no clock, no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from service.feedback import Incoming, TicketReceipt
