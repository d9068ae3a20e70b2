/// Editions of this product that organizations buy of the operator: what there is, who has which, and what it costs.
@NullMarked
package io.tollgate.control.edition;

import org.jspecify.annotations.NullMarked;
