package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets aside a record that will never decode: byte for byte to the dead letters, with where it lay and why, in the
/// task's
/// own transaction. Anything else, above all a registry that does not answer, stops the task, which then starts over.
public final class DeadLetters implements DeserializationExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    @Override
    public Response handleError(
            ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
        if (!(exception instanceof MalformedRecordException)) {
            return Response.fail();
        }
        LOG.error(
                "{} partition {} offset {} cannot be decoded and goes to {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                Topics.DEAD_LETTERS,
                exception.getMessage());
        RecordHeaders headers = new RecordHeaders(record.headers().toArray());
        headers.add("tollgate-cause", bytes(String.valueOf(exception.getMessage())));
        headers.add("tollgate-topic", bytes(record.topic()));
        headers.add("tollgate-partition", bytes(Integer.toString(record.partition())));
        headers.add("tollgate-offset", bytes(Long.toString(record.offset())));
        return Response.resume(List.of(new ProducerRecord<>(
                Topics.DEAD_LETTERS, null, record.timestamp(), record.key(), record.value(), headers)));
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
