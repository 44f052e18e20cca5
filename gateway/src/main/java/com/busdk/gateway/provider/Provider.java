package com.busdk.gateway.provider;

import com.busdk.gateway.usage.Usage;
import io.vertx.core.Future;

/**
 * A provider that runs: where it is, and how it is stopped. Each adds its routes and how it is started.
 *
 * <p>Any thread.
 */
public abstract class Provider {
    /** What it is made of; open by the time anybody has the provider in hand. */
    protected final ProviderParts parts;

    /**
     * A provider of these parts.
     *
     * @param parts its own: it closes them
     */
    protected Provider(ProviderParts parts) {
        this.parts = parts;
    }

    /**
     * How it is reached from this machine.
     *
     * @return a URL without a trailing slash
     */
    public final String url() {
        return parts.http().url();
    }

    /**
     * Where it listens.
     *
     * @return the port
     */
    public final int port() {
        return parts.http().port();
    }

    /**
     * Where records of usage go, for local checks.
     *
     * @return as the options say; nowhere, where its requests cost nothing
     */
    public final Usage usage() {
        return parts.usage();
    }

    /**
     * Stops it: answers what is under way for a while, then lets go of everything.
     *
     * @return completes when it is closed
     */
    public final Future<Void> close() {
        return parts.close();
    }
}
