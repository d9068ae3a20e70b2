/// Routes of reports.
@NullMarked
package io.tollgate.billing.report.http;

import org.jspecify.annotations.NullMarked;
