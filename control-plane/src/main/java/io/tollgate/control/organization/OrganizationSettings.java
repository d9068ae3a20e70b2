package io.tollgate.control.organization;

import java.math.BigDecimal;
import java.util.List;

/// How an organization bills its tenants and what becomes of ended subscriptions.
///
/// @param taxRate share that is added to invoices as tax, 0 to 1, with at most 6 fraction digits
/// @param paymentTermsDays days from the end of a period until its invoice is due, 0 to [#PAYMENT_TERMS_DAYS_MAX]
/// @param autoInvoice one of [#AUTO_INVOICE]
/// @param adjustmentMode one of [#ADJUSTMENT_MODES]
/// @param expiredWithoutFreePlan one of [#EXPIRED_WITHOUT_FREE_PLAN]
public record OrganizationSettings(
        BigDecimal taxRate,
        int paymentTermsDays,
        String autoInvoice,
        String adjustmentMode,
        String expiredWithoutFreePlan) {
    /// One year; longer terms are not terms any more.
    public static final int PAYMENT_TERMS_DAYS_MAX = 366;

    /// Digits of a tax rate after the point.
    public static final int TAX_RATE_SCALE = 6;

    /// Whether invoices are made by themselves when a period ends.
    public static final List<String> AUTO_INVOICE = List.of("off", "draft", "finalize");

    /// Where corrections of finalized periods go.
    public static final List<String> ADJUSTMENT_MODES = List.of("next_invoice");

    /// What proxy and check do with a tenant whose subscription has ended when there is no free plan.
    public static final List<String> EXPIRED_WITHOUT_FREE_PLAN = List.of("keep", "deny");
}
