package io.tollgate.billing.invoice;

/// Where an invoice is on its way.
public enum InvoiceStatus {
    /// May still change; its number is given.
    DRAFT,
    /// Frozen, proved, and to be paid.
    PENDING,
    /// Not paid when it was due.
    OVERDUE,
    PAID,
    /// Void: its events may be billed again, its number stays used.
    CANCELLED;

    /// Whether what it covers is billed by it.
    public boolean live() {
        return this != CANCELLED;
    }

    public boolean canBeFinalized() {
        return this == DRAFT;
    }

    public boolean canBePaid() {
        return this == PENDING || this == OVERDUE;
    }

    public boolean canBeCredited() {
        return this == PENDING || this == OVERDUE || this == PAID;
    }

    public boolean canBeVoided() {
        return this == DRAFT || this == PENDING || this == OVERDUE;
    }
}
