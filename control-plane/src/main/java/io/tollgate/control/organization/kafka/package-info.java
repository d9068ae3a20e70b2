/// Organizations as records of `definitions.organizations`.
@NullMarked
package io.tollgate.control.organization.kafka;

import org.jspecify.annotations.NullMarked;
