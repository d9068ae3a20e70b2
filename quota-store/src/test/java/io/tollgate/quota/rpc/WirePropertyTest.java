package io.tollgate.quota.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tollgate.contract.EventId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaWarning;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Everything arrives as it was sent, to the last digit and microsecond, through the bytes of the message.
class WirePropertyTest {
    private static final int CASES = 200;
    private static final List<BigDecimal> EDGE_NUMBERS = List.of(
            new BigDecimal("0.000000"),
            new BigDecimal("99999999999999.999999"),
            new BigDecimal("-99999999999999.999999"),
            new BigDecimal("9223372036854775807"),
            new BigDecimal("-0.000001"),
            new BigDecimal("1E+3"),
            new BigDecimal(BigInteger.ONE.shiftLeft(200), 6));
    private static final List<Instant> EDGE_INSTANTS = List.of(
            Instant.EPOCH,
            Instant.parse("1969-12-31T23:59:59.999999Z"),
            Instant.parse("0001-01-01T00:00:00Z"),
            Instant.parse("9999-12-31T23:59:59.999999Z"));
    private static final List<String> ZONES = List.of("UTC", "Z", "Pacific/Chatham", "Europe/Istanbul", "+05:45");
    private static final List<String> TEXTS = List.of("", "calls", "I/ıİ", "\uD83D\uDE80", "a|b\u0000c");

    private SplittableRandom random = new SplittableRandom(0);

    @Test
    void admissionRequestsArriveAsSent() {
        holds(
                this::request,
                request -> AdmissionWire.fromWire(parsed(
                        Wire.AdmissionRequest.parser(),
                        AdmissionWire.toWire(request).toByteString())));
    }

    @Test
    void admissionAnswersArriveAsSent() {
        holds(
                this::answer,
                answer -> AdmissionWire.fromWire(parsed(
                        Wire.AdmissionAnswer.parser(),
                        AdmissionWire.toWire(answer).toByteString())));
    }

    @Test
    void outcomesArriveAsSent() {
        holds(
                () -> new AdmissionOutcome(
                        new AdmissionId(uuid()),
                        random.nextInt(1_000),
                        text(),
                        uuid(),
                        oneOf(AdmissionOutcome.Fate.values())),
                outcome -> AdmissionWire.fromWire(parsed(
                        Wire.AdmissionOutcome.parser(),
                        AdmissionWire.toWire(outcome).toByteString())));
    }

    @Test
    void stepsOfReservationsArriveAsSent() {
        holds(
                this::step,
                step -> ReservationWire.fromWire(parsed(
                        Wire.ReservationRequest.parser(),
                        ReservationWire.toWire(step).toByteString())));
        holds(
                this::stepAnswer,
                answer -> ReservationWire.fromWire(parsed(
                        Wire.ReservationAnswer.parser(),
                        ReservationWire.toWire(answer).toByteString())));
    }

    @Test
    void checksArriveAsSent() {
        holds(
                () -> new QuotaCheck(random.nextInt(1_000), text(), zone(), text(), number(), instant()),
                check -> QuotaWire.fromWire(
                        parsed(Wire.QuotaCheck.parser(), QuotaWire.toWire(check).toByteString())));
        holds(
                this::checkAnswer,
                answer -> QuotaWire.fromWire(parsed(
                        Wire.CheckAnswer.parser(), QuotaWire.toWire(answer).toByteString())));
    }

    @Test
    void counterReadsArriveAsSent() {
        holds(
                this::read,
                read -> CounterWire.fromWire(parsed(
                        Wire.ReadCall.parser(), CounterWire.toWire(read).build().toByteString())));
        holds(
                this::found,
                found -> CounterWire.fromWire(parsed(
                        Wire.ReadReply.parser(), CounterWire.toWire(found).toByteString())));
    }

    @Test
    void statusArrivesAsSent() {
        holds(
                () -> new PartitionStatus(
                        random.nextInt(1_000),
                        text(),
                        uuid(),
                        maybe(this::text),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextInt(),
                        maybe(this::duration),
                        random.nextLong(),
                        random.nextLong(),
                        maybe(this::duration),
                        maybe(this::duration)),
                status -> StatusWire.fromWire(parsed(
                        Wire.PartitionStatus.parser(), StatusWire.toWire(status).toByteString())));
    }

    @Test
    void whatNoPeerSendsIsRefused() {
        Wire.Decimal tooLong = Wire.Decimal.newBuilder()
                .setUnscaled(ByteString.copyFrom(new byte[33]))
                .build();
        Wire.Decimal tooSmall = Scalars.toWire(BigDecimal.ONE).toBuilder()
                .setScale(1_000_000_000)
                .build();
        for (Wire.Decimal decimal : List.of(Wire.Decimal.getDefaultInstance(), tooLong, tooSmall)) {
            assertThatThrownBy(() -> Scalars.fromWire(decimal)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Scalars.uuid(ByteString.copyFromUtf8("short")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AdmissionWire.fromWire(Wire.AdmissionAnswer.getDefaultInstance()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CounterWire.fromWire(Wire.ReadCall.getDefaultInstance()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private interface Way<T> {
        T there(T value);
    }

    private <T> void holds(Supplier<T> values, Way<T> way) {
        for (long seed = 0; seed < CASES; seed++) {
            random = new SplittableRandom(seed);
            T sent = values.get();
            assertThat(way.there(sent))
                    .as("seed %d", seed)
                    .usingRecursiveComparison()
                    .withStrictTypeChecking()
                    .isEqualTo(sent);
        }
    }

    private static <M> M parsed(com.google.protobuf.Parser<M> parser, ByteString bytes) {
        try {
            return parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private AdmissionRequest request() {
        return new AdmissionRequest(
                new AdmissionId(uuid()),
                random.nextInt(1_000),
                text(),
                zone(),
                random.nextBoolean(),
                IntStream.range(0, random.nextInt(4)).mapToObj(i -> candidate()).toList());
    }

    private Candidate candidate() {
        return new Candidate(
                EventId.fromBytes(bytes(16)),
                random.nextBoolean(),
                bytes(16 + random.nextInt(17)),
                text(),
                number(),
                instant(),
                random.nextBoolean()
                        ? Optional.of(new Candidate.Replaced(text(), number(), instant()))
                        : Optional.empty());
    }

    private ReservationRequest step() {
        AdmissionId id = new AdmissionId(uuid());
        return switch (random.nextInt(3)) {
            case 0 ->
                new ReservationRequest.Reserve(
                        id,
                        random.nextInt(1_000),
                        text(),
                        zone(),
                        some(() -> new ReservationRequest.Item(reservationId(), text(), number())),
                        duration());
            case 1 ->
                new ReservationRequest.Settle(id, random.nextInt(1_000), text(), zone(), reservationId(), candidate());
            default -> new ReservationRequest.Release(id, random.nextInt(1_000), text(), reservationId());
        };
    }

    private ReservationAnswer stepAnswer() {
        return switch (random.nextInt(6)) {
            case 0 ->
                new ReservationAnswer.Granted(
                        uuid(),
                        instant(),
                        some(this::reservation),
                        some(() -> maybe(this::number)),
                        some(() -> maybe(this::number)));
            case 1 -> new ReservationAnswer.Made(some(this::reservation));
            case 2 -> new ReservationAnswer.Denied(denial());
            case 3 -> new ReservationAnswer.Conflict(reservation());
            case 4 -> new ReservationAnswer.Unknown();
            default -> new ReservationAnswer.NotJudged(oneOf(AdmissionAnswer.Reason.values()), text());
        };
    }

    private ReservationId reservationId() {
        return ReservationId.random(random.nextInt(1 << 16));
    }

    private Reservation reservation() {
        return new Reservation(
                reservationId(),
                text(),
                text(),
                number(),
                instant(),
                instant(),
                oneOf(Reservation.State.values()),
                maybe(this::number),
                maybe(this::instant));
    }

    private <T> List<T> some(Supplier<T> values) {
        return IntStream.range(0, random.nextInt(4)).mapToObj(i -> values.get()).toList();
    }

    private AdmissionAnswer answer() {
        return random.nextBoolean()
                ? new AdmissionAnswer.NotJudged(oneOf(AdmissionAnswer.Reason.values()), text())
                : new AdmissionAnswer.Decided(
                        uuid(),
                        instant(),
                        IntStream.range(0, random.nextInt(6))
                                .mapToObj(i -> decision())
                                .toList());
    }

    private EventDecision decision() {
        return switch (random.nextInt(5)) {
            case 0 ->
                new EventDecision.Admitted(
                        maybe(this::number),
                        maybe(this::instant),
                        IntStream.range(0, random.nextInt(3))
                                .mapToObj(i -> warning())
                                .toList());
            case 1 -> new EventDecision.Duplicate(instant());
            case 2 -> new EventDecision.Conflict(instant());
            case 3 -> new EventDecision.Denied(denial());
            default -> new EventDecision.Unresolved();
        };
    }

    private Denial denial() {
        return new Denial(
                text(),
                oneOf(EnforcementMode.values()),
                number(),
                maybe(this::number),
                number(),
                number(),
                maybe(this::instant),
                maybe(this::instant),
                text());
    }

    private QuotaWarning warning() {
        return new QuotaWarning(
                oneOf(QuotaWarning.Code.values()),
                text(),
                number(),
                number(),
                maybe(this::number),
                maybe(this::instant),
                maybe(this::instant));
    }

    private CheckAnswer checkAnswer() {
        return switch (random.nextInt(3)) {
            case 0 -> new CheckAnswer.Unlimited(number());
            case 1 -> new CheckAnswer.NotJudged(oneOf(AdmissionAnswer.Reason.values()), text());
            default ->
                new CheckAnswer.Judged(
                        random.nextBoolean(),
                        quota(),
                        number(),
                        number(),
                        maybe(this::instant),
                        maybe(this::warning),
                        random.nextBoolean());
        };
    }

    private Quota quota() {
        return new Quota(
                text(),
                random.nextLong(),
                number().abs(),
                period(),
                oneOf(EnforcementMode.values()),
                maybe(this::number),
                number().abs(),
                maybe(this::duration),
                maybe(this::instant));
    }

    private QuotaPeriod period() {
        return switch (random.nextInt(6)) {
            case 0 -> new QuotaPeriod.Daily();
            case 1 -> new QuotaPeriod.Monthly();
            case 2 -> new QuotaPeriod.Yearly();
            case 3 -> new QuotaPeriod.Lifetime();
            case 4 -> new QuotaPeriod.Rolling();
            default ->
                new QuotaPeriod.Custom(
                        Instant.ofEpochSecond(60L * random.nextInt(-1_000_000, 40_000_000)),
                        Duration.ofMinutes(random.nextInt(60, 366 * 24 * 60 + 1)));
        };
    }

    private CounterRead read() {
        return switch (random.nextInt(4)) {
            case 0 -> new CounterRead.Total(text(), text());
            case 2 ->
                new CounterRead.Places(
                        text(),
                        IntStream.range(0, random.nextInt(4))
                                .mapToObj(i -> new CounterRead.Place(text(), oneOf(WindowSize.values()), instant()))
                                .toList());
            case 1 -> new CounterRead.InWindow(text(), text(), oneOf(WindowSize.values()), instant());
            default -> new CounterRead.AllMeters(text(), text(), random.nextInt(1, CounterRead.PAGE_MAX + 1));
        };
    }

    private Optional<LookupOutcome.Found> found() {
        return maybe(() -> new LookupOutcome.Found(
                IntStream.range(0, random.nextInt(4)).mapToObj(i -> reading()).toList(),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextLong()));
    }

    private MeterReading reading() {
        Instant start = instant();
        return new MeterReading(
                text(),
                maybe(() ->
                        new Window(oneOf(WindowSize.values()), start, start.plusSeconds(random.nextInt(1, 3_000_000)))),
                new CounterState(
                        random.nextLong(),
                        number(),
                        random.nextBoolean() ? null : number(),
                        random.nextBoolean() ? null : number(),
                        random.nextBoolean() ? null : new CounterState.Sample(number(), instant(), instant()),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong()),
                maybe(this::instant));
    }

    private BigDecimal number() {
        return random.nextInt(3) == 0
                ? EDGE_NUMBERS.get(random.nextInt(EDGE_NUMBERS.size()))
                : BigDecimal.valueOf(random.nextLong(), 6);
    }

    private Instant instant() {
        return random.nextInt(3) == 0
                ? EDGE_INSTANTS.get(random.nextInt(EDGE_INSTANTS.size()))
                : Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000) * 1_000L);
    }

    private Duration duration() {
        return Duration.ofNanos(random.nextLong(-1_000_000_000_000L, 1_000_000_000_000L) * 1_000);
    }

    private ZoneId zone() {
        return ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private <T> Optional<T> maybe(Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private <T> T oneOf(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
