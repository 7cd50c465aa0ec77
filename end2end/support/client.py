"""A shop that is watched with the OpenTelemetry SDK, as its makers publish it.

    client.py ADDRESS KEY WORD

Sends one trace of five services, a log line, an error with its stack, a counter, a histogram and a gauge.
WORD marks the log line and the metrics. Prints the trace's id.
"""

import sys
import time

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

address, key, word = sys.argv[1:]
headers = {"authorization": f"Bearer {key}"}
begin = time.time_ns() - 2_000_000_000
providers = []


def resource(service):
    return Resource.create({"service.name": service, "service.version": "1.0.0"})


def span(service, name, after, length, parent=None, kind=SpanKind.SERVER):
    """An ended span: it begins `after` milliseconds and lasts `length`."""
    provider = TracerProvider(resource=resource(service))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces", headers=headers)))
    providers.append(provider)
    context = trace.set_span_in_context(parent) if parent else None
    started = begin + after * 1_000_000
    made = provider.get_tracer("shop").start_span(name, context, kind, start_time=started)
    ends.append((made, started + length * 1_000_000))
    return made


class MailRefused(Exception):
    pass


def refused():
    raise MailRefused("the mail server refused the receipt")


# Own times: gateway 5, authentication 12, order 45, payment 230, notification 8; 300 in all.
ends = []
gateway = span("API Gateway", "POST /orders", 0, 300)
span("Auth", "check session", 2, 12, gateway)
order = span("Order", "create order", 15, 283, gateway)
span("Payment", "charge card", 40, 230, order)
notification = span("Notification", "send receipt", 285, 8, order)
try:
    refused()
except MailRefused as error:
    notification.record_exception(error, timestamp=begin + 292_000_000)
    notification.set_status(Status(StatusCode.ERROR, str(error)))
for made, ended in reversed(ends):
    made.end(end_time=ended)

logs = LoggerProvider(resource=resource("Order"))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(f"{address}/v1/logs", headers=headers)))
providers.append(logs)
logs.get_logger("shop").emit(
    LogRecord(
        timestamp=begin + 250_000_000,
        context=trace.set_span_in_context(order),
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body=f"stock of {word} is low",
    )
)

reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{address}/v1/metrics", headers=headers), 60_000)
metrics = MeterProvider([reader], resource("Order"))
providers.append(metrics)
meter = metrics.get_meter("shop")
meter.create_counter(f"{word}.orders", unit="{order}").add(7)
duration = meter.create_histogram(f"{word}.duration", unit="ms")
for value in (120, 180, 300):
    duration.record(value)
meter.create_gauge(f"{word}.queue", unit="{order}").set(42)

for provider in providers:
    if not provider.force_flush():
        sys.exit("not everything was sent")
    provider.shutdown()
print(format(gateway.get_span_context().trace_id, "032x"))
