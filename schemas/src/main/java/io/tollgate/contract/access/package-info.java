/// Who calls: the principal that an API key stands for and what it may do. Pure values; how a key is found is the
/// business of the module that holds the keys.
@NullMarked
package io.tollgate.contract.access;

import org.jspecify.annotations.NullMarked;
