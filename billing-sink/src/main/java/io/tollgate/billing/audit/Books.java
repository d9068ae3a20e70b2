package io.tollgate.billing.audit;

import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.OrganizationId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The books as the store has them.
public interface Books {
    /// Finalized invoices that are not void.
    ///
    /// @param organizationId only of this one
    /// @param number only this one
    List<AuditedInvoice> finalized(Optional<OrganizationId> organizationId, Optional<String> number);

    /// The stored events that an invoice covers, by the bytes of their ids.
    void stored(AuditedInvoice invoice, Consumer<ProofLeaf> consumer);

    /// Numbers that are missing between 1 and the last one that was given.
    List<Finding> gaps(Optional<OrganizationId> organizationId);
}
