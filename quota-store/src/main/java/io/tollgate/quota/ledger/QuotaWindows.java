package io.tollgate.quota.ledger;

import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.metering.quota.Span;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Quotas and their windows for the events of one request or one record, which mostly share them: neighbouring events
/// find the same windows without calendar arithmetic.
final class QuotaWindows {
    /// Rolling periods judge an event by many windows, other periods by one.
    private static final int USUAL_WINDOWS = 1;

    private final Rooms rooms;
    private final String subjectKey;
    private final ZoneId zone;
    private final Function<String, Optional<Quota>> quotas;
    private final Moment now;
    private final Map<String, List<Room>> recent = new HashMap<>(4);

    QuotaWindows(Rooms rooms, String subjectKey, ZoneId zone, Function<String, Optional<Quota>> quotas, Moment now) {
        this.rooms = rooms;
        this.subjectKey = subjectKey;
        this.zone = zone;
        this.quotas = quotas;
        this.now = now;
    }

    Optional<Quota> quota(String meter) {
        return quotas.apply(meter);
    }

    /// The windows by which an event is judged, that of its own time first. All of them must be hot.
    List<Room> of(Quota quota, String meter, Instant eventTime) {
        List<Room> last = recent.get(meter);
        if (last != null
                && last.size() == USUAL_WINDOWS
                && !(quota.period() instanceof QuotaPeriod.Rolling)
                && last.getFirst().key.span().contains(eventTime)) {
            return last;
        }
        List<Room> found = new ArrayList<>(USUAL_WINDOWS);
        for (Span span : spans(quota, eventTime)) {
            found.add(rooms.hot(new RoomKey(subjectKey, meter, span), now));
        }
        recent.put(meter, found);
        return found;
    }

    private List<Span> spans(Quota quota, Instant eventTime) {
        return quota.period().judging(eventTime, now.wall(), zone);
    }

    /// Collects the windows that are not hot.
    Missing missing() {
        return new Missing();
    }

    final class Missing {
        private final Set<RoomKey> keys = new LinkedHashSet<>(0);
        private @Nullable String lastMeter;
        private @Nullable Span lastSpan;

        void look(String meter, Instant eventTime) {
            if (meter.equals(lastMeter) && (lastSpan == null || lastSpan.contains(eventTime))) {
                return;
            }
            Optional<Quota> quota = quota(meter);
            lastMeter = meter;
            lastSpan = null;
            if (quota.isEmpty()) {
                return;
            }
            for (Span span : spans(quota.get(), eventTime)) {
                RoomKey key = new RoomKey(subjectKey, meter, span);
                if (rooms.find(key) == null) {
                    keys.add(key);
                }
                lastSpan = span;
            }
            if (quota.get().period() instanceof QuotaPeriod.Rolling) {
                lastMeter = null;
            }
        }

        Set<RoomKey> keys() {
            return keys;
        }
    }
}
