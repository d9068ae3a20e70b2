package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Passes each counted event on to `accepted-events`, each rejected one to `rejected-events` and each that is taken out
/// to `event-corrections`, in log order, with the source record's arrival as timestamp.
final class PassOn implements Processor<String, JudgedBatch, String, SpecificRecord> {
    private final UsageMetrics metrics;
    private ProcessorContext<String, SpecificRecord> context;

    @SuppressWarnings("NullAway.Init") // Streams calls init before process.
    PassOn(UsageMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> newContext) {
        this.context = newContext;
    }

    @Override
    public void process(Record<String, JudgedBatch> record) {
        JudgedBatch judged = record.value();
        int counted = 0;
        int duplicates = 0;
        for (int index = 0; index < judged.verdicts().size(); index++) {
            switch (judged.verdicts().get(index)) {
                case Verdict.Counted c -> {
                    counted++;
                    context.forward(
                            record.<SpecificRecord>withValue(
                                    EventAvro.toAccepted(judged.batch(), index, judged.place())),
                            UsageTopology.ACCEPTED_SINK);
                }
                case Verdict.Duplicate d -> duplicates++;
                case Verdict.Rejected rejected -> {
                    metrics.rejected(rejected.reason());
                    context.forward(
                            record.<SpecificRecord>withValue(
                                    EventAvro.toRejected(judged.batch(), index, judged.place(), rejected)),
                            UsageTopology.REJECTED_SINK);
                }
            }
        }
        judged.takenOut()
                .ifPresent(out -> context.forward(
                        record.<SpecificRecord>withValue(
                                EventAvro.toCorrected(judged.batch(), out.command(), judged.place())),
                        UsageTopology.CORRECTIONS_SINK));
        metrics.counted(counted);
        metrics.duplicates(duplicates);
    }
}
