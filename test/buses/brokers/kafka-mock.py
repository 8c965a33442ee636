"""A Kafka cluster of one broker in memory, librdkafka's mock, steered over HTTP: kafka-mock.py PORT

POST {"do": "bootstrap" | "create" | "read" | "refuse" | "forbid" | "down" | "up" | "delay", ...}
"""
import base64
import ctypes
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from confluent_kafka import Consumer, KafkaError, TopicPartition

PR_SET_PDEATHSIG, SIGKILL = 1, 9
# Tests that are cut short leave no cluster behind.
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)

kafka = ctypes.CDLL("librdkafka.so.1")
kafka.rd_kafka_new.restype = ctypes.c_void_p
kafka.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p

reason = ctypes.create_string_buffer(512)
PRODUCER, BROKER = 0, 1
handle = kafka.rd_kafka_new(PRODUCER, None, reason, ctypes.c_size_t(512))
cluster = ctypes.c_void_p(kafka.rd_kafka_mock_cluster_new(ctypes.c_void_p(handle), 1))
bootstrap = kafka.rd_kafka_mock_cluster_bootstraps(cluster).decode()


def create(topic, partitions):
    kafka.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, 1)


def refuse(api, codes):
    """The next requests of a kind are answered with these errors, one each."""
    errors = (ctypes.c_int * len(codes))(*codes)
    kafka.rd_kafka_mock_push_request_errors_array(cluster, ctypes.c_int16(api), ctypes.c_size_t(len(codes)), errors)


def forbid(topic, code):
    """Whoever asks about a topic is answered with an error."""
    kafka.rd_kafka_mock_topic_set_error(cluster, topic.encode(), code)


def down():
    """Connections are cut and new ones refused, as by a crash; what was stored stays."""
    kafka.rd_kafka_mock_broker_set_down(cluster, BROKER)


def up():
    kafka.rd_kafka_mock_broker_set_up(cluster, BROKER)


def delay(ms):
    """Answers come this late."""
    kafka.rd_kafka_mock_broker_set_rtt(cluster, BROKER, ms)


def read(topic):
    """All that a topic holds, partition by partition."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "reader", "enable.partition.eof": True, "fetch.wait.max.ms": 20}
    )
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        records, ended = [], set()
        while len(ended) < len(partitions):
            message = consumer.poll(10)
            if message is None:
                raise TimeoutError("the topic was not read within 10 s")
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(message.error().str())
                ended.add(message.partition())
                continue
            records.append(
                {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "key": text(message.key()),
                    "value": text(message.value()),
                    "headers": [[name, text(value)] for name, value in message.headers() or []],
                }
            )
        return records
    finally:
        consumer.close()


def text(value):
    return None if value is None else base64.b64encode(value).decode()


deeds = {"bootstrap": lambda: bootstrap, **{deed.__name__: deed for deed in (create, read, refuse, forbid, down, up, delay)}}


class Steering(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = 200, deeds[asked.pop("do")](**asked)
        except Exception as error:
            status, answer = 500, repr(error)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Steering).serve_forever()
