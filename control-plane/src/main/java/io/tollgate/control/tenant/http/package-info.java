/// Routes of tenants, which the business dialect calls customers.
@NullMarked
package io.tollgate.control.tenant.http;

import org.jspecify.annotations.NullMarked;
