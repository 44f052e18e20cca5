package com.busdk.gateway.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Takes one-time passwords to the holders of addresses. Any thread. */
interface OtpSender {
    /** How it is done. */
    enum Kind {
        /** Kept in memory, for tests. */
        MEMORY,
        /** Shown to whoever runs the service. */
        CONSOLE,
        /** By mail. */
        SMTP
    }

    /**
     * Sends one.
     *
     * @return completes when it is handed over; its failure says nothing of the address or the code
     */
    Future<Void> send(EmailAddress address, String code);

    /** Lets go of what it holds. */
    default Future<Void> close() {
        return Future.succeededFuture();
    }

    /** The sender that the options say. */
    static OtpSender of(Vertx vertx, AuthProviderOptions options) {
        return switch (options.sender()) {
            case MEMORY -> new Memory();
            case CONSOLE -> new Console(vertx, options.console());
            case SMTP ->
                OwnLoopSender.of(own -> new SmtpSender(own, options.smtp().orElseThrow()));
        };
    }

    /** Keeps the last code of each address. */
    final class Memory implements OtpSender {
        /** More are forgotten, oldest first: nobody reads them in a service that runs. */
        private static final int MAX_CODES = 1_000;

        private final Map<String, String> codes = new LinkedHashMap<>(); // under its own lock

        @Override
        public Future<Void> send(EmailAddress address, String code) {
            synchronized (codes) {
                codes.remove(address.text());
                codes.put(address.text(), code);
                if (codes.size() > MAX_CODES) {
                    codes.remove(codes.keySet().iterator().next());
                }
            }
            return Future.succeededFuture();
        }

        Optional<String> last(String address) {
            synchronized (codes) {
                return Optional.ofNullable(codes.get(address));
            }
        }
    }

    /** Tells whoever runs the service, who hands codes on: for a machine of one's own. */
    final class Console implements OtpSender {
        private final Vertx vertx;
        private final Consumer<String> console;

        Console(Vertx vertx, Consumer<String> console) {
            this.vertx = vertx;
            this.console = console;
        }

        @Override
        public Future<Void> send(EmailAddress address, String code) {
            String line = "one-time password for " + address.text() + ": " + code + " (good for "
                    + AuthStore.CODE_LIFE.toMinutes() + " minutes)";
            // A terminal that is stopped blocks whoever writes to it.
            return vertx.executeBlocking(() -> {
                        console.accept(line);
                        return line;
                    })
                    .mapEmpty();
        }
    }
}
