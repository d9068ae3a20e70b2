/// Reports about an organization: its usage, its size, and who is busy now.
@NullMarked
package io.tollgate.billing.report;

import org.jspecify.annotations.NullMarked;
