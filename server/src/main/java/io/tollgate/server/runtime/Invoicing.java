package io.tollgate.server.runtime;

import io.tollgate.billing.invoice.Contracts;
import io.tollgate.billing.invoice.InvoiceRunner;
import io.tollgate.billing.invoice.LogEnd;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.billing.invoice.http.InvoiceOrders;
import io.tollgate.billing.invoice.postgres.PostgresBilledEvents;
import io.tollgate.billing.invoice.postgres.PostgresBillingTotals;
import io.tollgate.billing.invoice.postgres.PostgresCreditNotes;
import io.tollgate.billing.invoice.postgres.PostgresInvoiceRuns;
import io.tollgate.billing.invoice.postgres.PostgresInvoices;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.price.postgres.PostgresPriceModels;
import io.tollgate.control.schedule.Job;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.server.config.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Composes invoices: their routes, their schedules, and what makes many of them.
///
/// @param secretBox absent where no encryption key is set
record Invoicing(
        Settings settings, Optional<SecretBox> secretBox, InstantSource clock, Closing closing, List<Object> beans) {
    /// When the last events of a month have come in from everywhere.
    private static final String ORDERS_AT = "0 15 * * * *";

    private static final String OVERDUE_AT = "20 */5 * * * *";
    private static final Duration STOP_MAX = Duration.ofSeconds(2);

    /// Answers what has to be done at set times.
    List<Job> start(Database database, Contracts contracts, Definitions definitions, LogEnd logEnd) {
        MeterBilling.Source meters = new DefinedMeterBilling(definitions, clock);
        PostgresInvoices invoices = new PostgresInvoices(
                database.jdbi(),
                PostgresPriceModels::pricesFor,
                meters,
                settings.mailServer().isPresent() ? secretBox : Optional.empty(),
                clock);
        PostgresInvoiceRuns runs = new PostgresInvoiceRuns(database.jdbi(), invoices, clock);
        InvoiceRunner runner = new InvoiceRunner(runs, contracts, logEnd, definitions::trusted, clock);
        runner.start();
        closing.onClose("invoice runs", () -> runner.stop(STOP_MAX));
        beans.add(invoices);
        beans.add(new PostgresBilledEvents(database.jdbi(), PostgresPriceModels::pricesFor, meters));
        beans.add(runs);
        beans.add(new PostgresCreditNotes(database.jdbi(), clock));
        beans.add(new PostgresBillingTotals(database.jdbi()));
        beans.add(contracts);
        beans.add(new InvoiceOrders(contracts, logEnd));
        return List.of(
                new Job("order-invoices", ORDERS_AT, runs::orderForPastMonths),
                new Job("mark-overdue-invoices", OVERDUE_AT, invoices::markOverdue));
    }
}
