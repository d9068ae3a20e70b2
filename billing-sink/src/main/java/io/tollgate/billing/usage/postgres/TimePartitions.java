package io.tollgate.billing.usage.postgres;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Partitions of one table by month or year, made when the first row of a span comes. Years from 2000 to 2100 have
/// partitions of their own, at most 1,212 months; what is before and after shares one each, so a nonsensical time makes
/// no table. Thread-safe, also against other processes.
public final class TimePartitions {
    private static final int YEAR_FIRST = 2000;
    private static final int YEAR_LAST = 2100;

    /// Any number that nothing else in the database locks: "partitio" in ASCII.
    private static final long LOCK = 0x706172746974696fL;

    /// How long a span is.
    enum Grain {
        MONTH,
        YEAR
    }

    private final Jdbi jdbi;
    private final String table;
    private final Grain grain;
    /// Writes the first day of a span as a bound of the partition key's type.
    private final Function<LocalDate, String> bound;

    private final Set<LocalDate> known = ConcurrentHashMap.newKeySet();

    private TimePartitions(Jdbi jdbi, String table, Grain grain, Function<LocalDate, String> bound) {
        this.jdbi = jdbi;
        this.table = table;
        this.grain = grain;
        this.bound = bound;
    }

    /// Months of UTC by a column of type `timestamptz`.
    static TimePartitions byMonth(Jdbi jdbi, String table) {
        return new TimePartitions(jdbi, table, Grain.MONTH, day -> day + " 00:00:00+00");
    }

    /// Years by a column of type `date`.
    public static TimePartitions byYear(Jdbi jdbi, String table) {
        return new TimePartitions(jdbi, table, Grain.YEAR, LocalDate::toString);
    }

    /// Makes what is missing for rows of these times. Commits by itself, so it is called before the transaction that
    /// writes the rows, never inside it.
    public void ensure(Stream<Instant> times) {
        times.map(this::firstDay)
                .filter(first -> first.getYear() >= YEAR_FIRST && first.getYear() <= YEAR_LAST)
                .distinct()
                .filter(first -> !known.contains(first))
                .forEach(this::make);
    }

    private LocalDate firstDay(Instant time) {
        LocalDate day = LocalDate.ofInstant(time, ZoneOffset.UTC);
        return switch (grain) {
            case MONTH -> day.withDayOfMonth(1);
            case YEAR -> day.withDayOfYear(1);
        };
    }

    private void make(LocalDate first) {
        String name = switch (grain) {
            case MONTH -> String.format(Locale.ROOT, "%s_%04d_%02d", table, first.getYear(), first.getMonthValue());
            case YEAR -> String.format(Locale.ROOT, "%s_%04d", table, first.getYear());
        };
        LocalDate next = grain == Grain.MONTH ? first.plusMonths(1) : first.plusYears(1);
        jdbi.useTransaction(handle -> {
            handle.execute("SELECT pg_advisory_xact_lock(?)", LOCK);
            if (exists(handle, name)) {
                return;
            }
            // Made beside the table and then attached: readers and writers of the table go on meanwhile, which CREATE
            // TABLE … PARTITION OF would not let them.
            handle.execute("CREATE TABLE " + name + " (LIKE " + table + " INCLUDING ALL)");
            handle.execute("ALTER TABLE " + table + " ATTACH PARTITION " + name + " FOR VALUES FROM ('"
                    + bound.apply(first) + "') TO ('" + bound.apply(next) + "')");
        });
        known.add(first);
    }

    private static boolean exists(Handle handle, String name) {
        return handle.createQuery("SELECT to_regclass(:name) IS NOT NULL")
                .bind("name", name)
                .mapTo(boolean.class)
                .one();
    }
}
