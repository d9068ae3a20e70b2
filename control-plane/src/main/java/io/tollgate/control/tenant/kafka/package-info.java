/// Tenants as records of `definitions.tenants`.
@NullMarked
package io.tollgate.control.tenant.kafka;

import org.jspecify.annotations.NullMarked;
