package io.tollgate.billing.usage.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.ListenerUtils;
import org.springframework.kafka.listener.MessageListenerContainer;

/// Tries a failed batch again without end, with growing pauses. The batch is not kept in memory: the consumer goes back
/// to the stored positions and polls again after each pause, so it stays in its group.
final class RetryForever implements CommonErrorHandler {
    private static final Logger LOG = LoggerFactory.getLogger(RetryForever.class);
    private static final Duration BACK_OFF_MIN = Duration.ofMillis(100);

    private final SinkListener<?, ?> listener;
    private final Duration backOffMax;
    private final ThreadLocal<Duration> backOff = ThreadLocal.withInitial(() -> BACK_OFF_MIN);

    RetryForever(SinkListener<?, ?> listener, Duration backOffMax) {
        this.listener = listener;
        this.backOffMax = backOffMax;
    }

    @Override
    public boolean seeksAfterHandling() {
        return true;
    }

    @Override
    public boolean isAckAfterHandle() {
        return false;
    }

    @Override
    public void handleBatch(
            Exception thrown,
            ConsumerRecords<?, ?> records,
            Consumer<?, ?> consumer,
            MessageListenerContainer container,
            Runnable invokeListener) {
        listener.goBack(records, consumer);
        pause(thrown, container);
    }

    @Override
    public void handleOtherException(
            Exception thrown, Consumer<?, ?> consumer, MessageListenerContainer container, boolean batchListener) {
        pause(thrown, container);
    }

    private void pause(Exception thrown, MessageListenerContainer container) {
        Throwable cause = listener.failed(thrown);
        Duration pause = listener.succeededSinceLastFailure() ? BACK_OFF_MIN : backOff.get();
        LOG.warn("{} cannot be stored now; next attempt in {}: {}", listener.topic(), pause, cause.toString());
        LOG.debug("The failure in full", thrown);
        Duration doubled = pause.multipliedBy(2);
        backOff.set(doubled.compareTo(backOffMax) < 0 ? doubled : backOffMax);
        try {
            ListenerUtils.stoppableSleep(container, pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
