package io.tollgate.systemtest;

import io.tollgate.systemtest.Told.Word;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Compares what clients were told with what the log holds. Knows nothing of the product but these two.
final class AdmissionAudit {
    /// Enough to find the rest by.
    private static final int EXAMPLES_MAX = 5;

    /// What must be nowhere.
    enum Fault {
        OVER_ADMITTED("a prefix of accepted-events passes a quota"),
        LOST("acknowledged as new, and not in accepted-events"),
        DOUBLE("more than once in accepted-events"),
        REJECTED_AFTER_2XX("acknowledged, and in rejected-events alone"),
        UNFOUNDED_DUPLICATE("called a duplicate, and not in accepted-events"),
        NEW_TWICE("two requests were told that it is new"),
        OTHER_ID("answers or log give one key two ids"),
        DENIED_AND_COUNTED("refused by every answer, and in accepted-events"),
        NEVER_SENT("in accepted-events, and nobody sent it so");

        final String meaning;

        Fault(String meaning) {
            this.meaning = meaning;
        }
    }

    /// An event as the log has it.
    ///
    /// @param place partition and offset
    record Counted(
            String place,
            String eventId,
            @Nullable String key,
            @Nullable String nonce,
            String tenant,
            String meter,
            BigDecimal quantity,
            Instant eventTime) {
        YearMonth month() {
            return YearMonth.from(eventTime.atZone(ZoneOffset.UTC));
        }
    }

    /// A tenant's meter.
    record Metered(String tenant, String meter) {}

    private record Window(Metered metered, YearMonth month) {}

    /// One event of a client: all that was said of it.
    private record Owned(String tenant, String name) {}

    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    private final Map<Fault, List<String>> examples = new EnumMap<>(Fault.class);

    private AdmissionAudit() {}

    /// @param ceilings most that a month may hold, by tenant and meter; absent: any amount
    /// @param accepted in the order of the log, partition by partition
    static AdmissionAudit of(
            Collection<Told> told, List<Counted> accepted, Set<String> rejectedIds, Map<Metered, BigDecimal> ceilings) {
        AdmissionAudit audit = new AdmissionAudit();
        audit.limits(accepted, ceilings);
        audit.answers(told, accepted, rejectedIds);
        return audit;
    }

    int count(Fault fault) {
        return faults.getOrDefault(fault, 0);
    }

    int total() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void found(Fault fault, String example) {
        faults.merge(fault, 1, Integer::sum);
        List<String> some = examples.computeIfAbsent(fault, any -> new ArrayList<>());
        if (some.size() < EXAMPLES_MAX) {
            some.add(example);
        }
    }

    private void limits(List<Counted> accepted, Map<Metered, BigDecimal> ceilings) {
        Map<Window, BigDecimal> sums = new HashMap<>();
        for (Counted event : accepted) {
            Metered metered = new Metered(event.tenant(), event.meter());
            BigDecimal sum = sums.merge(new Window(metered, event.month()), event.quantity(), BigDecimal::add);
            BigDecimal ceiling = ceilings.get(metered);
            if (ceiling != null && event.quantity().signum() > 0 && sum.compareTo(ceiling) > 0) {
                found(Fault.OVER_ADMITTED, event + ": " + sum.toPlainString() + " of " + ceiling.toPlainString());
            }
        }
    }

    private void answers(Collection<Told> told, List<Counted> accepted, Set<String> rejectedIds) {
        Map<Owned, List<Told>> sent = told.stream().collect(Collectors.groupingBy(AdmissionAudit::owned));
        Map<Owned, List<Counted>> counted = new HashMap<>();
        Map<String, Integer> byId = new HashMap<>();
        for (Counted event : accepted) {
            if (byId.merge(event.eventId(), 1, Integer::sum) == 2) {
                found(Fault.DOUBLE, event.toString());
            }
            Owned owned = new Owned(event.tenant(), name(event.key(), event.nonce()));
            counted.computeIfAbsent(owned, any -> new ArrayList<>(1)).add(event);
            if (!wasSent(event, sent.getOrDefault(owned, List.of()))) {
                found(Fault.NEVER_SENT, event.toString());
            }
        }
        sent.forEach((owned, words) -> oneEvent(words, counted.getOrDefault(owned, List.of()), rejectedIds));
    }

    private static boolean wasSent(Counted event, List<Told> words) {
        return words.stream()
                .anyMatch(said -> said.meter().equals(event.meter())
                        && BigDecimal.valueOf(said.quantity()).compareTo(event.quantity()) == 0);
    }

    private void oneEvent(List<Told> words, List<Counted> counted, Set<String> rejectedIds) {
        Set<String> ids = new HashSet<>();
        words.stream().map(Told::eventId).filter(id -> id != null).forEach(ids::add);
        counted.forEach(event -> ids.add(event.eventId()));
        Optional<Told> first = word(words, Word.NEW);
        Optional<Told> duplicate = word(words, Word.DUPLICATE);
        if (ids.size() > 1) {
            found(Fault.OTHER_ID, ids + " for " + words.getFirst());
        }
        if (words.stream()
                        .filter(said -> said.word() == Word.NEW && said.checked())
                        .count()
                > 1) {
            found(Fault.NEW_TWICE, words.toString());
        }
        if (counted.size() > 1 && ids.size() > 1) {
            found(Fault.DOUBLE, counted.toString());
        }
        if (counted.isEmpty()) {
            boolean rejected = ids.stream().anyMatch(rejectedIds::contains);
            first.ifPresent(said -> found(rejected ? Fault.REJECTED_AFTER_2XX : Fault.LOST, said.toString()));
            duplicate.ifPresent(said -> found(
                    rejected && first.isEmpty() ? Fault.REJECTED_AFTER_2XX : Fault.UNFOUNDED_DUPLICATE,
                    said.toString()));
        } else if (words.stream().noneMatch(said -> said.word().acknowledged() || said.word() == Word.UNKNOWN)) {
            found(Fault.DENIED_AND_COUNTED, counted.getFirst() + ", told " + words);
        }
    }

    private static Optional<Told> word(List<Told> words, Word word) {
        return words.stream().filter(said -> said.word() == word).findFirst();
    }

    private static Owned owned(Told said) {
        return new Owned(said.tenant(), name(said.key(), said.nonce()));
    }

    private static String name(@Nullable String key, @Nullable String nonce) {
        return key == null ? "nonce " + nonce : "key " + key;
    }

    /// A line per fault, with examples of those that were found.
    String report() {
        StringBuilder report = new StringBuilder();
        for (Fault fault : Fault.values()) {
            report.append(String.format(
                    Locale.ROOT,
                    "  %-20s %6d  %s%n",
                    fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    count(fault),
                    fault.meaning));
            examples.getOrDefault(fault, List.of())
                    .forEach(example -> report.append("      ").append(example).append(System.lineSeparator()));
        }
        return report.toString();
    }

    /// Reads an event of `accepted-events`.
    static Counted counted(StockConsumer.Entry entry) {
        String metadata = entry.value().get("metadata") == null ? "" : entry.text("metadata");
        int at = metadata.indexOf("\"n\":\"");
        String nonce = at < 0 ? null : metadata.substring(at + 5, metadata.indexOf('"', at + 5));
        return new Counted(
                entry.partition() + ":" + entry.offset(),
                entry.text("eventId"),
                entry.value().get("idempotencyKey") == null ? null : entry.text("idempotencyKey"),
                nonce,
                entry.text("subject").replaceFirst("^tenant:", ""),
                entry.text("meter"),
                (BigDecimal) entry.value().get("quantity"),
                Instant.EPOCH.plus(Long.parseLong(entry.text("eventTime")), ChronoUnit.MICROS));
    }
}
