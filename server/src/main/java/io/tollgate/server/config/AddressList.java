package io.tollgate.server.config;

import io.tollgate.contract.access.Networks;

/// Networks, and how they were written.
record AddressList(String text, Networks networks) {
    @Override
    public String toString() {
        return text;
    }
}
