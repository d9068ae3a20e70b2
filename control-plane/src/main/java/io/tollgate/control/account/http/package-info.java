/// Routes of accounts.
@NullMarked
package io.tollgate.control.account.http;

import org.jspecify.annotations.NullMarked;
