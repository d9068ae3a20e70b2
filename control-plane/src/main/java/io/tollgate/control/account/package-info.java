/// Accounts of people: how they sign up, sign in and get a new password.
@NullMarked
package io.tollgate.control.account;

import org.jspecify.annotations.NullMarked;
