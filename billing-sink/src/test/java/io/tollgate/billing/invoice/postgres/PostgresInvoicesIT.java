package io.tollgate.billing.invoice.postgres;

import static io.tollgate.billing.usage.UsageSamples.ORGANIZATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.invoice.BilledEvents;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.CreditNote;
import io.tollgate.billing.invoice.CreditNotes;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.InvoiceOutcome;
import io.tollgate.billing.invoice.InvoiceQuery;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.billing.invoice.pdf.InvoicePdf;
import io.tollgate.billing.proof.Inclusion;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.PostgresCorrectionReads;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageReads;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Rating;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresInvoicesIT {
    private static final Actor ACTOR = new Actor("key:test", Optional.empty());
    private static final Currency USD = Currency.getInstance("USD");
    private static final BillingPeriod JANUARY = month("2026-01-01", "2026-02-01");
    private static final BillingPeriod FEBRUARY = month("2026-02-01", "2026-03-01");
    private static final PriceModel LIST_A =
            PriceModel.of(new PriceScheme.Graduated(tiers("0", "0.10", "1000", "0.08", "10000", "0.05")));
    private static final PriceModel LIST_B = PriceModel.of(
            new PriceScheme.Graduated(tiers("0", "0", "250", "0.035", "2000", "0.021", "20000", "0.0125")));
    private static final PriceModel FLAT = PriceModel.of(new PriceScheme.Flat()).withFlatFee(new BigDecimal("29.00"));
    private static final PriceModel SEAT = PriceModel.of(new PriceScheme.PerUnit(BigDecimal.ONE));

    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresUsageStore store =
            new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system());
    private Operation seats = Operation.LAST;
    private final List<PriceVersion> prices = new ArrayList<>();
    private final MeterBilling.Source meters = (subject, meter) ->
            new MeterBilling(meter.equals("seats") ? Operation.LAST : Operation.SUM, meter.equals("by_stripe"));
    private final PostgresInvoices invoices = new PostgresInvoices(
            jdbi,
            (handle, organization, buyer) -> new PriceList(prices),
            meters,
            Optional.empty(),
            InstantSource.system());
    private final PostgresBilledEvents billed =
            new PostgresBilledEvents(jdbi, (handle, organization, buyer) -> new PriceList(prices), meters);

    /// Next offset of the log.
    private int next;

    /// Next offset of the topic from which events are stored.
    private int stored;

    /// Next offset of the topic from which corrections are.
    private int corrected;

    private static BillingPeriod month(String start, String end) {
        return new BillingPeriod(Instant.parse(start + "T00:00:00Z"), Instant.parse(end + "T00:00:00Z"));
    }

    private static Tiers tiers(String... bounds) {
        List<Tier> tiers = new ArrayList<>();
        for (int i = 0; i < bounds.length; i += 2) {
            tiers.add(new Tier(
                    new BigDecimal(bounds[i]),
                    i + 2 < bounds.length ? Optional.of(new BigDecimal(bounds[i + 2])) : Optional.empty(),
                    new BigDecimal(bounds[i + 1]),
                    BigDecimal.ZERO));
        }
        return new Tiers(tiers);
    }

    private void price(String meter, PriceModel model) {
        prices.add(new PriceVersion(
                "price-" + meter, new PriceTarget.Organization(), meter, model, USD, Instant.EPOCH, Optional.empty()));
    }

    private static BillingTerms terms(String taxRate) {
        return new BillingTerms(
                "Acme",
                "ACME",
                USD,
                ZoneOffset.UTC,
                new BigDecimal(taxRate),
                30,
                "Customer Ω Ж",
                Optional.empty(),
                Optional.empty());
    }

    /// Stores events as they come from the log, one a record.
    private List<CountedEvent> store(String tenant, String meter, String at, String... quantities) {
        List<CountedEvent> events = new ArrayList<>();
        for (String quantity : quantities) {
            CountedEvent event = UsageSamples.event(next++, tenant, meter, quantity, at);
            events.add(new CountedEvent(
                    event.id(),
                    event.subject(),
                    event.meter(),
                    event.quantity(),
                    event.occurredAt(),
                    Instant.now(),
                    event.idempotencyKey(),
                    event.fingerprint(),
                    event.metadata(),
                    event.place()));
        }
        store.positions("events", List.of(0));
        // Offsets of events and of corrections are those of one log; the sink's own topics have theirs.
        store.storeEvents(events, List.of(new Advance("events", 0, stored, stored + events.size())));
        stored += events.size();
        return events;
    }

    private Invoices.Order order(String tenant, BillingPeriod period, String taxRate) {
        return new Invoices.Order(ORGANIZATION, new TenantId(tenant), period, terms(taxRate), next, "{}");
    }

    private Invoice draft(String tenant, BillingPeriod period, String taxRate) {
        return done(invoices.draft(order(tenant, period, taxRate), ACTOR));
    }

    private Invoice finish(Invoice draft, String taxRate) {
        return done(invoices.finish(
                ORGANIZATION,
                draft.id().orElseThrow(),
                new Invoices.Finishing(terms(taxRate), next, Optional.empty(), false),
                ACTOR));
    }

    private static Invoice done(InvoiceOutcome outcome) {
        assertThat(outcome).isInstanceOf(InvoiceOutcome.Done.class);
        return ((InvoiceOutcome.Done) outcome).invoice();
    }

    private static InvoiceLine line(Invoice invoice, String meter) {
        return invoice.lines().stream()
                .filter(line -> line.meter().equals(meter))
                .findFirst()
                .orElseThrow();
    }

    private Invoice found(Invoice invoice) {
        return invoices.find(ORGANIZATION, invoice.id().orElseThrow()).orElseThrow();
    }

    private void january() {
        price("api_request", LIST_A);
        price("storage_gb", LIST_B);
        price("platform", FLAT);
        store("t1", "api_request", "2026-01-05T10:00:00Z", "2000", "399.5", "0.5");
        store("t1", "storage_gb", "2026-01-31T23:59:59.999999Z", "1234");
        store("t1", "api_request", "2026-02-01T00:00:00Z", "120");
        store("t2", "api_request", "2026-01-05T10:00:00Z", "7");
    }

    /// Vector V10a.
    @Test
    void linesTaxAndTotalAreThoseOfTheWorkedExample() {
        january();

        Invoice preview = done(invoices.preview(order("t1", JANUARY, "0.075")));
        Invoice invoice = finish(draft("t1", JANUARY, "0.075"), "0.075");

        assertThat(preview.number()).isEmpty();
        assertThat(preview.amounts().total()).isEqualTo(invoice.amounts().total());
        assertThat(preview.lines())
                .extracting(InvoiceLine::total)
                .isEqualTo(invoice.lines().stream().map(InvoiceLine::total).toList());
        assertThat(line(invoice, "api_request").quantity()).isEqualByComparingTo("2400");
        assertThat(line(invoice, "api_request").total()).isEqualTo(new BigDecimal("212.00"));
        assertThat(line(invoice, "api_request").unitPrice()).isEqualTo(new BigDecimal("0.088333"));
        assertThat(line(invoice, "storage_gb").total()).isEqualTo(new BigDecimal("34.44"));
        assertThat(line(invoice, "platform").total()).isEqualTo(new BigDecimal("29.00"));
        assertThat(line(invoice, "platform").kind()).isEqualTo(InvoiceLine.Kind.FLAT);
        assertThat(invoice.amounts().subtotal()).isEqualTo(new BigDecimal("275.44"));
        assertThat(invoice.amounts().tax()).isEqualTo(new BigDecimal("20.66"));
        assertThat(invoice.amounts().total()).isEqualTo(new BigDecimal("296.10"));
        assertThat(invoice.number()).contains("INV-ACME-000001");
        assertThat(invoice.status()).contains(InvoiceStatus.PENDING);
        assertThat(invoice.dates().due()).contains(Instant.parse("2026-03-03T00:00:00Z"));
        assertThat(found(invoice)).isEqualTo(invoice);
        assertThat(new String(InvoicePdf.of(invoice), StandardCharsets.ISO_8859_1))
                .startsWith("%PDF-")
                .contains("%%EOF");
    }

    /// Vector V10b, its first part.
    @Test
    void whatComesLateIsBilledByTheNextInvoiceAtThePricesAndTaxOfItsTime() {
        january();
        Invoice first = finish(draft("t1", JANUARY, "0.075"), "0.075");
        store("t1", "api_request", "2026-01-20T00:00:00Z", "60", "40");

        Invoice second = finish(draft("t1", FEBRUARY, "0.20"), "0.20");

        List<InvoiceLine> adjusting = second.lines().stream()
                .filter(line -> line.kind() == InvoiceLine.Kind.ADJUSTMENT)
                .toList();
        assertThat(line(second, "api_request").total()).isEqualTo(new BigDecimal("12.00"));
        assertThat(adjusting).hasSize(1);
        assertThat(adjusting.getFirst().total()).isEqualTo(new BigDecimal("8.00"));
        assertThat(adjusting.getFirst().quantity()).isEqualByComparingTo("100");
        assertThat(adjusting.getFirst().adjusts())
                .contains(new InvoiceLine.Adjusts(first.id().orElseThrow(), InvoiceLine.Cause.LATE_EVENTS));
        // 12.00 and the flat fee of 29.00 at 20 %, 8.00 at 7.5 %.
        assertThat(second.amounts().tax()).isEqualTo(new BigDecimal("8.80"));
        List<BilledEvents.Change> changes = billed.changes(ORGANIZATION, found(first));
        assertThat(changes)
                .extracting(BilledEvents.Change::amount)
                .containsExactly(new BigDecimal("4.80"), new BigDecimal("3.20"));
        assertThat(changes).extracting(BilledEvents.Change::adjustedBy).containsOnly(second.id());
        assertThat(billed.list(second.id().orElseThrow(), Optional.empty(), Optional.empty(), 10))
                .extracting(BilledEvents.Event::occurredAt)
                .containsExactlyInAnyOrder(
                        Instant.parse("2026-01-20T00:00:00Z"),
                        Instant.parse("2026-01-20T00:00:00Z"),
                        Instant.parse("2026-02-01T00:00:00Z"));
        // Nothing is left for a third one.
        Invoice third = draft("t1", month("2026-03-01", "2026-04-01"), "0");
        assertThat(third.lines()).extracting(InvoiceLine::meter).containsExactly("platform");
    }

    /// Takes events out, by commands that stand at the next places of the log.
    private void correct(CountedEvent... events) {
        List<EventCorrection> corrections = new ArrayList<>();
        int first = corrected;
        for (CountedEvent event : events) {
            corrections.add(new EventCorrection(
                    UUID.randomUUID(),
                    EventCorrection.Kind.VOID,
                    event.id(),
                    Optional.empty(),
                    event.subject(),
                    event.meter(),
                    event.quantity(),
                    event.occurredAt(),
                    "reported by mistake",
                    ACTOR.id(),
                    Optional.empty(),
                    new byte[32],
                    Instant.now(),
                    0,
                    next++));
        }
        store.positions("corrections", List.of(0));
        corrected += corrections.size();
        store.storeCorrections(corrections, List.of(new Advance("corrections", 0, first, corrected)));
    }

    /// Vector V10b, all of it.
    @Test
    void whatIsTakenOutOfAFinalizedPeriodIsGivenBackByTheNextInvoice() {
        price("api_request", LIST_A);
        List<CountedEvent> first = store("t1", "api_request", "2026-01-05T10:00:00Z", "1900", "500");
        Invoice january = finish(draft("t1", JANUARY, "0.075"), "0.075");
        store("t1", "api_request", "2026-01-20T00:00:00Z", "100");
        correct(first.getLast());
        store("t1", "api_request", "2026-02-01T00:00:00Z", "120");

        Invoice february = finish(draft("t1", FEBRUARY, "0.075"), "0.075");

        assertThat(february.lines())
                .extracting(InvoiceLine::total)
                .containsExactly(new BigDecimal("12.00"), new BigDecimal("8.00"), new BigDecimal("-40.00"));
        assertThat(february.amounts().subtotal()).isEqualTo(new BigDecimal("-20.00"));
        assertThat(february.amounts().total()).isEqualTo(new BigDecimal("0.00"));
        assertThat(february.amounts().credit()).isEqualTo(new BigDecimal("21.50"));
        List<BilledEvents.Change> changes = billed.changes(ORGANIZATION, found(january));
        assertThat(changes)
                .extracting(BilledEvents.Change::amount)
                .containsExactly(new BigDecimal("8.00"), new BigDecimal("-40.00"));
        assertThat(changes).extracting(BilledEvents.Change::adjustedBy).containsOnly(february.id());
        // What was billed when January was finalized stays proved by it.
        assertThat(billed.inclusion(found(january), first.getLast().id().value()))
                .isPresent();
        assertThat(february.proof().orElseThrow().leafCount()).isEqualTo(2);
    }

    @Test
    void whatIsTakenOutBeforeIsNotBilledAndSaidToBeVoided() {
        price("api_request", LIST_A);
        List<CountedEvent> events = store("t1", "api_request", "2026-01-05T10:00:00Z", "10", "20", "30");
        Invoice draft = draft("t1", JANUARY, "0");
        correct(events.get(1));

        Invoice invoice = finish(draft, "0");

        assertThat(line(invoice, "api_request").quantity()).isEqualByComparingTo("40");
        assertThat(invoice.proof().orElseThrow().leafCount()).isEqualTo(2);
        assertThat(invoice.proof().orElseThrow().statement().replace(" ", ""))
                .contains("\"accepted\":3", "\"billed\":2", "\"voided\":1", "\"open\":0");
        assertThat(billed.inclusion(invoice, events.get(1).id().value())).isEmpty();

        assertThat(billedBy(invoice.id(), Optional.empty()))
                .containsExactlyInAnyOrder(
                        events.get(0).id().value(), events.get(2).id().value());
        assertThat(billedBy(Optional.empty(), Optional.of(true))).hasSize(2);
        assertThat(billedBy(Optional.empty(), Optional.of(false)))
                .containsExactly(events.get(1).id().value());

        // All of it taken back: the line goes, and nothing is left to bill.
        correct(events.get(0), events.get(2));
        Invoice next = finish(draft("t1", FEBRUARY, "0"), "0");
        assertThat(next.lines()).extracting(InvoiceLine::total).containsExactly(new BigDecimal("-4.00"));
        assertThat(next.amounts().credit()).isEqualTo(new BigDecimal("4.00"));
    }

    /// Ids of the events that the list of events shows, which says the same of each.
    @Test
    void whoeverTakesAnEventOutIsToldTheFinalizedInvoiceThatBillsIt() {
        price("api_request", LIST_A);
        List<CountedEvent> events = store("t1", "api_request", "2026-01-05T10:00:00Z", "10", "20", "30");
        correct(events.getFirst());
        Invoice draft = draft("t1", JANUARY, "0");
        assertThat(events).extracting(this::finalizedInvoice).containsOnly(Optional.empty());

        Invoice invoice = finish(draft, "0");
        Optional<String> id = invoice.id();
        assertThat(events).extracting(this::finalizedInvoice).containsExactly(Optional.empty(), id, id);

        // The same before and after, whatever has become of the invoice.
        correct(events.get(1));
        jdbi.useHandle(handle -> handle.execute("UPDATE invoices SET status = 'OVERDUE'"));
        assertThat(events).extracting(this::finalizedInvoice).containsExactly(Optional.empty(), id, id);
        jdbi.useHandle(handle -> handle.execute("UPDATE invoices SET status = 'PAID', paid_at = now()"));
        assertThat(events).extracting(this::finalizedInvoice).containsExactly(Optional.empty(), id, id);
        // What comes late is nobody's yet.
        CountedEvent late =
                store("t1", "api_request", "2026-01-05T10:00:00Z", "40").getFirst();
        assertThat(finalizedInvoice(late)).isEmpty();
    }

    private Optional<String> finalizedInvoice(CountedEvent event) {
        return new PostgresCorrectionReads(jdbi)
                .find(ORGANIZATION, List.of(event.id()))
                .getFirst()
                .billedBy();
    }

    private List<String> billedBy(Optional<String> invoiceId, Optional<Boolean> finalized) {
        List<StoredEvent> events = new PostgresUsageReads(jdbi)
                .events(new EventQuery(
                        ORGANIZATION,
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        invoiceId,
                        finalized,
                        100,
                        Optional.empty()))
                .orElseThrow()
                .events();
        assertThat(events).allMatch(event -> event.billed().isPresent() == !finalized.equals(Optional.of(false)));
        return events.stream().map(StoredEvent::id).toList();
    }

    @Test
    void aCreditNoteLessensWhatIsDueAndTheRestIsCredit() {
        january();
        Invoice invoice = finish(draft("t1", JANUARY, "0"), "0");
        String id = invoice.id().orElseThrow();
        PostgresCreditNotes notes = new PostgresCreditNotes(jdbi, InstantSource.system());

        CreditNote first = made(notes.order(note(id, "75.44"), ACTOR));
        assertThat(first.number()).isEqualTo("CN-ACME-000001");
        assertThat(first.deducted()).isEqualTo(new BigDecimal("75.44"));
        assertThat(found(invoice).amountDue()).isEqualTo(new BigDecimal("200.00"));
        done(invoices.pay(ORGANIZATION, id, Instant.now(), Optional.empty(), ACTOR));
        CreditNote second = made(notes.order(note(id, "150.00"), ACTOR));
        assertThat(second.deducted()).isEqualTo(new BigDecimal("0.00"));
        assertThat(notes.order(note(id, "50.01"), ACTOR))
                .isEqualTo(new CreditNotes.Outcome.TooMuch(new BigDecimal("50.00")));
        assertThat(notes.order(note(id, "0.001"), ACTOR)).isEqualTo(new CreditNotes.Outcome.TooFine(2));
        assertThat(notes.find(ORGANIZATION, second.id())).contains(second);

        Invoice february = finish(draft("t1", FEBRUARY, "0"), "0");
        assertThat(february.amounts().total()).isEqualTo(new BigDecimal("41.00"));
        assertThat(february.creditApplied()).isEqualTo(new BigDecimal("41.00"));
    }

    private static CreditNotes.Order note(String invoiceId, String amount) {
        return new CreditNotes.Order(ORGANIZATION, invoiceId, new BigDecimal(amount), List.of(), "outage");
    }

    private static CreditNote made(CreditNotes.Outcome outcome) {
        assertThat(outcome).isInstanceOf(CreditNotes.Outcome.Made.class);
        return ((CreditNotes.Outcome.Made) outcome).note();
    }

    @Test
    void whateverComesWhenAllInvoicesTogetherBillEachMonthExactly() {
        price("api_request", LIST_A);
        SplittableRandom random = new SplittableRandom(20261122);
        BigDecimal[] used = {BigDecimal.ZERO, BigDecimal.ZERO};
        List<Invoice> made = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 5; i++) {
                int month = random.nextInt(2);
                BigDecimal quantity = BigDecimal.valueOf(random.nextInt(3_000_000), 3);
                used[month] = used[month].add(quantity);
                store("t1", "api_request", "2026-0" + (month + 1) + "-15T00:00:00Z", quantity.toPlainString());
            }
            if (round == 2 || round == 5) {
                made.add(finish(draft("t1", round == 2 ? JANUARY : FEBRUARY, "0"), "0"));
            } else if (round > 5) {
                String start = "2026-03-%02d".formatted(round);
                made.add(finish(draft("t1", month(start, "2026-03-%02d".formatted(round + 1)), "0"), "0"));
            }
        }

        for (int month = 0; month < 2; month++) {
            BillingPeriod period = month == 0 ? JANUARY : FEBRUARY;
            BigDecimal billedOfMonth = made.stream()
                    .flatMap(invoice -> invoice.lines().stream())
                    .filter(line -> line.period().equals(period))
                    .map(InvoiceLine::total)
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            assertThat(billedOfMonth)
                    .isEqualByComparingTo(Rating.rate(LIST_A, used[month]).amount(USD));
        }
        long leaves = made.stream()
                .mapToLong(invoice -> invoice.proof().orElseThrow().leafCount())
                .sum();
        assertThat(leaves).isEqualTo(next);
    }

    @Test
    void oneInvoiceHasAPeriodAndNumbersHaveNoGapHoweverManyAskAtOnce() throws Exception {
        price("api_request", LIST_A);
        for (int tenant = 0; tenant < 8; tenant++) {
            store("t" + tenant, "api_request", "2026-01-05T10:00:00Z", "1");
        }
        List<Callable<InvoiceOutcome>> calls = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            String tenant = "t" + i % 8;
            calls.add(() -> invoices.draft(order(tenant, JANUARY, "0"), ACTOR));
        }
        List<InvoiceOutcome> outcomes = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (Future<InvoiceOutcome> call : threads.invokeAll(calls)) {
                outcomes.add(call.get());
            }
        }

        assertThat(outcomes).filteredOn(InvoiceOutcome.Done.class::isInstance).hasSize(8);
        assertThat(outcomes)
                .filteredOn(InvoiceOutcome.Overlaps.class::isInstance)
                .hasSize(24);
        assertThat(invoices.list(new InvoiceQuery(
                        ORGANIZATION,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        100,
                        Optional.empty())))
                .extracting(invoice -> invoice.number().orElseThrow())
                .containsExactlyInAnyOrder(
                        "INV-ACME-000001",
                        "INV-ACME-000002",
                        "INV-ACME-000003",
                        "INV-ACME-000004",
                        "INV-ACME-000005",
                        "INV-ACME-000006",
                        "INV-ACME-000007",
                        "INV-ACME-000008");
    }

    @Test
    void aVoidInvoiceFreesItsPeriodAndKeepsItsNumber() {
        january();
        Invoice first = finish(draft("t1", JANUARY, "0"), "0");
        Invoice voided = done(invoices.cancel(ORGANIZATION, first.id().orElseThrow(), "wrong price", ACTOR));
        assertThat(voided.status()).contains(InvoiceStatus.CANCELLED);

        Invoice again = finish(draft("t1", JANUARY, "0"), "0");

        assertThat(again.number()).contains("INV-ACME-000002");
        assertThat(again.lines()).isEqualTo(first.lines());
        assertThat(again.proof().orElseThrow().root())
                .isEqualTo(first.proof().orElseThrow().root());
        assertThat(invoices.cancel(ORGANIZATION, first.id().orElseThrow(), "again", ACTOR))
                .isEqualTo(new InvoiceOutcome.Forbidden(InvoiceStatus.CANCELLED));

        // What a later invoice adjusts stays, until that one is void.
        store("t1", "api_request", "2026-01-20T00:00:00Z", "100");
        Invoice adjuster = finish(draft("t1", FEBRUARY, "0"), "0");
        assertThat(invoices.cancel(ORGANIZATION, again.id().orElseThrow(), "no", ACTOR))
                .isEqualTo(new InvoiceOutcome.AdjustedBy(adjuster.id().orElseThrow()));
        done(invoices.cancel(ORGANIZATION, adjuster.id().orElseThrow(), "no", ACTOR));
        done(invoices.cancel(ORGANIZATION, again.id().orElseThrow(), "no", ACTOR));
        assertThat(line(draft("t1", JANUARY, "0"), "api_request").quantity()).isEqualByComparingTo("2500");
    }

    @Test
    void aPaidInvoiceStaysAndAnUnpaidOneBecomesOverdue() {
        january();
        Invoice first = finish(draft("t1", JANUARY, "0"), "0");
        Invoice second = finish(draft("t2", JANUARY, "0"), "0");
        String paid = first.id().orElseThrow();
        done(invoices.pay(ORGANIZATION, paid, Instant.parse("2026-02-02T00:00:00Z"), Optional.of("wire 7"), ACTOR));

        invoices.markOverdue();

        assertThat(found(second).status()).contains(InvoiceStatus.OVERDUE);
        assertThat(found(first).status()).contains(InvoiceStatus.PAID);
        assertThat(invoices.cancel(ORGANIZATION, paid, "no", ACTOR))
                .isEqualTo(new InvoiceOutcome.Forbidden(InvoiceStatus.PAID));
        assertThat(invoices.pay(ORGANIZATION, paid, Instant.now(), Optional.empty(), ACTOR))
                .isEqualTo(new InvoiceOutcome.Forbidden(InvoiceStatus.PAID));
    }

    /// The value of `seats` is its last: one that arrives late may lower what January comes to.
    @Test
    void whatComesToLessThanNothingIsCreditForTheNextInvoice() {
        price("seats", SEAT);
        store("t1", "seats", "2026-01-10T00:00:00Z", "100");
        finish(draft("t1", JANUARY, "0.10"), "0.10");
        store("t1", "seats", "2026-01-20T00:00:00Z", "60");
        store("t1", "seats", "2026-02-10T00:00:00Z", "15");

        Invoice second = finish(draft("t1", FEBRUARY, "0.10"), "0.10");
        assertThat(second.amounts().subtotal()).isEqualTo(new BigDecimal("-25.00"));
        assertThat(second.amounts().total()).isEqualTo(new BigDecimal("0.00"));
        assertThat(second.amounts().credit()).isEqualTo(new BigDecimal("27.50"));

        store("t1", "seats", "2026-03-10T00:00:00Z", "20");
        Invoice third = finish(draft("t1", month("2026-03-01", "2026-04-01"), "0.10"), "0.10");
        assertThat(third.creditApplied()).isEqualTo(new BigDecimal("22.00"));
        assertThat(third.amountDue()).isEqualTo(new BigDecimal("0.00"));
        assertThat(invoices.cancel(ORGANIZATION, second.id().orElseThrow(), "no", ACTOR))
                .isInstanceOf(InvoiceOutcome.CreditUsed.class);

        store("t1", "seats", "2026-04-10T00:00:00Z", "20");
        Invoice fourth = finish(draft("t1", month("2026-04-01", "2026-05-01"), "0.10"), "0.10");
        assertThat(fourth.creditApplied()).isEqualTo(new BigDecimal("5.50"));
        assertThat(fourth.amountDue()).isEqualTo(new BigDecimal("16.50"));
        assertThat(found(fourth).creditApplied()).isEqualTo(new BigDecimal("5.50"));

        // A void one gives its credit back.
        done(invoices.cancel(ORGANIZATION, third.id().orElseThrow(), "no", ACTOR));
        Invoice thirdAgain = finish(draft("t1", month("2026-03-01", "2026-04-01"), "0.10"), "0.10");
        assertThat(thirdAgain.creditApplied()).isEqualTo(new BigDecimal("22.00"));
    }

    /// What comes late may change nothing: it is taken in by the next invoice all the same, and leads a life with it.
    @Test
    void anInvoiceIsNotVoidedBeforeTheOneThatTookInItsLateEvents() {
        price("seats", SEAT);
        store("t1", "seats", "2026-01-10T00:00:00Z", "100");
        Invoice first = finish(draft("t1", JANUARY, "0"), "0");
        store("t1", "seats", "2026-01-05T00:00:00Z", "60");
        Invoice second = finish(draft("t1", FEBRUARY, "0"), "0");
        assertThat(second.lines()).isEmpty();
        assertThat(second.proof().orElseThrow().leafCount()).isEqualTo(1);

        assertThat(invoices.cancel(ORGANIZATION, first.id().orElseThrow(), "no", ACTOR))
                .isEqualTo(new InvoiceOutcome.AdjustedBy(second.id().orElseThrow()));
        done(invoices.cancel(ORGANIZATION, second.id().orElseThrow(), "no", ACTOR));
        done(invoices.cancel(ORGANIZATION, first.id().orElseThrow(), "no", ACTOR));
        assertThat(finish(draft("t1", JANUARY, "0"), "0").proof().orElseThrow().leafCount())
                .isEqualTo(2);
    }

    @Test
    void aPeriodIsAdjustedAsItsMetersWereCountedAndOnlyWhereSomethingCame() {
        price("seats", SEAT);
        store("t1", "seats", "2026-01-10T00:00:00Z", "100", "90");
        store("t1", "api_request", "2026-01-10T00:00:00Z", "1000");
        Invoice january = finish(draft("t1", JANUARY, "0"), "0");
        assertThat(january.amounts().total()).isEqualTo(new BigDecimal("90.00"));
        // From now on seats add up, and api_request has a price that nobody was told of in January.
        seats = Operation.SUM;
        price("api_request", LIST_A);
        store("t1", "seats", "2026-01-20T00:00:00Z", "95");

        Invoice february = finish(draft("t1", FEBRUARY, "0"), "0");

        assertThat(february.lines()).hasSize(1);
        assertThat(february.lines().getFirst().total()).isEqualTo(new BigDecimal("5.00"));
    }

    @Test
    void anInvoiceOfWhichAPartWasGivenBackIsNotVoided() {
        january();
        Invoice invoice = finish(draft("t1", JANUARY, "0"), "0");
        made(new PostgresCreditNotes(jdbi, InstantSource.system())
                .order(note(invoice.id().orElseThrow(), "10.00"), ACTOR));
        assertThat(invoices.cancel(ORGANIZATION, invoice.id().orElseThrow(), "no", ACTOR))
                .isInstanceOf(InvoiceOutcome.Credited.class);
    }

    @Test
    void everyEventOfAFinalizedInvoiceIsProvedAndAChangedRowIsNoticed() {
        january();
        store("t1", "unknown", "2026-01-06T00:00:00Z", "1", "2", "3");
        store("t1", "by_stripe", "2026-01-07T00:00:00Z", "5");
        Invoice invoice = finish(draft("t1", JANUARY, "0"), "0");
        String id = invoice.id().orElseThrow();

        assertThat(invoice.proof().orElseThrow().leafCount()).isEqualTo(8);
        assertThat(line(invoice, "by_stripe").billedBy()).contains("stripe");
        assertThat(invoice.proof().orElseThrow().statement().replace(" ", ""))
                .contains("\"accepted\":8", "\"unpriced\":3", "\"billed\":5", "\"open\":0");
        List<BilledEvents.Event> events = billed.list(id, Optional.empty(), Optional.empty(), 100);
        assertThat(events).hasSize(8);
        for (BilledEvents.Event event : events) {
            Inclusion inclusion = billed.inclusion(invoice, event.id()).orElseThrow();
            assertThat(inclusion.holds()).isTrue();
            assertThat(inclusion.root().hex())
                    .isEqualTo(invoice.proof().orElseThrow().root());
        }
        assertThat(billed.inclusion(invoice, "evt_none")).isEmpty();

        jdbi.useHandle(handle -> handle.execute(
                "UPDATE usage_events SET quantity = quantity + 1 WHERE event_id = ?",
                events.getFirst().id()));
        assertThat(billed.inclusion(invoice, events.getLast().id())).isEmpty();
    }

    @Test
    void aDraftTakesInWhatHasComeAndWhatItCostsNow() {
        january();
        Invoice draft = draft("t1", JANUARY, "0");
        store("t1", "api_request", "2026-01-20T00:00:00Z", "100");
        prices.removeIf(price -> price.meter().equals("platform"));

        Invoice again = done(invoices.recalculate(ORGANIZATION, draft.id().orElseThrow(), terms("0"), next, ACTOR));

        assertThat(again.number()).isEqualTo(draft.number());
        assertThat(line(again, "api_request").total()).isEqualTo(new BigDecimal("220.00"));
        assertThat(again.lines()).hasSize(2);
        assertThat(found(again).lines()).isEqualTo(again.lines());
        assertThat(finish(again, "0").amounts().total()).isEqualTo(new BigDecimal("254.44"));
    }

    @Test
    void anInvoiceHasOneCurrency() {
        price("api_request", LIST_A);
        prices.add(new PriceVersion(
                "euro",
                new PriceTarget.Organization(),
                "storage_gb",
                LIST_B,
                Currency.getInstance("EUR"),
                Instant.EPOCH,
                Optional.empty()));
        assertThat(invoices.draft(order("t1", JANUARY, "0"), ACTOR)).isInstanceOf(InvoiceOutcome.MixedCurrencies.class);
        prices.removeLast();
        assertThat(draft("t1", JANUARY, "0").number()).contains("INV-ACME-000001");
    }
}
