/// Routes of organizations, which the business dialect calls businesses, and the reading of that dialect's bodies.
@NullMarked
package io.tollgate.control.organization.http;

import org.jspecify.annotations.NullMarked;
