package com.busdk.gateway.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.SMTPException;
import io.vertx.ext.mail.StartTLSOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one-time passwords by mail: over TLS where the server offers it, and with credentials over TLS only, to a server
 * whose certificate bears its name. The code is in the body, not in the subject that telephones show on their locked
 * screens.
 *
 * <p>On event loops; any thread may call.
 */
final class SmtpSender implements OtpSender {
    /** Connections at once: a mail takes a second, and codes are limited for each address and source. */
    private static final int MAX_CONNECTIONS = 8;

    private static final int CONNECT_MILLIS = 10_000;

    /** A server that says nothing for so long has gone. */
    private static final int IDLE_SECONDS = 30;

    /** Everything about one mail; RFC 5321 allows minutes, but by then its code has expired for its reader. */
    private static final int TOTAL_SECONDS = 60;

    /**
     * Longest wait, at a stop, for mails that are on their way: a server that answers takes them within a second. One that
     * is silent would keep the service for as long as {@link #IDLE_SECONDS}.
     */
    static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(SmtpSender.class);

    private final Vertx vertx;
    private final MailClient client;
    private final String from;
    private final Duration closeLimit;

    SmtpSender(Vertx vertx, SmtpOptions options) {
        this(vertx, options, CLOSE_LIMIT);
    }

    /**
     * A sender.
     *
     * @param closeLimit longest wait for mails that are on their way when it is closed
     */
    SmtpSender(Vertx vertx, SmtpOptions options, Duration closeLimit) {
        this.vertx = vertx;
        this.closeLimit = closeLimit;
        this.from = options.from();
        boolean tls = options.tlsFromStart();
        MailConfig config = new MailConfig()
                .setHostname(options.host())
                .setPort(options.port())
                .setSsl(tls)
                .setStarttls(
                        tls
                                ? StartTLSOptions.DISABLED
                                : options.credentials().isPresent()
                                        ? StartTLSOptions.REQUIRED
                                        : StartTLSOptions.OPTIONAL)
                .setLogin(options.credentials().isPresent() ? LoginOption.REQUIRED : LoginOption.DISABLED)
                .setAuthMethods("PLAIN LOGIN")
                .setMaxPoolSize(MAX_CONNECTIONS)
                .setConnectTimeout(CONNECT_MILLIS)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        // How names are verified is left unsaid: the client (5.0.8) does so by itself, and no longer if it is told to.
        options.credentials()
                .ifPresent(login -> config.setUsername(login.username()).setPassword(login.password()));
        options.authorities()
                .ifPresent(pem -> config.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(pem))));
        this.client = MailClient.create(vertx, config);
    }

    @Override
    public Future<Void> send(EmailAddress address, String code) {
        MailMessage mail = new MailMessage()
                .setFrom(from)
                .setTo(address.text())
                .setSubject("Your one-time password")
                .setText("Your one-time password is " + code + ".\n\nIt is good for "
                        + AuthStore.CODE_LIFE.toMinutes()
                        + " minutes. If you have not asked for it, somebody has mistyped an address: nothing happens"
                        + " without the password, so do not give it to anybody.\n");
        return client.sendMail(mail)
                .timeout(TOTAL_SECONDS, TimeUnit.SECONDS)
                .recover(problem -> Future.failedFuture(new IllegalStateException(brief(problem))))
                .mapEmpty();
    }

    /**
     * Waits for mails that are on their way, within a time; those that it has not taken by then are given up, which is logged. Does
     * not fail: the client (5.0.8) does where a conversation has not begun yet.
     */
    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        long timer = vertx.setTimer(Math.max(1, closeLimit.toMillis()), _ -> {
            if (closed.tryComplete()) {
                LOG.warn("the mail server has not taken all mails in time: one-time passwords that were on their way"
                        + " are given up");
            }
        });
        client.close().onComplete(done -> {
            vertx.cancelTimer(timer);
            if (done.failed() && !closed.future().isComplete()) {
                LOG.warn("the connections to the mail server were not all closed: {}", brief(done.cause()));
            }
            closed.tryComplete();
        });
        return closed.future();
    }

    /** What happened, without what the server said: it often repeats the address. */
    private static String brief(Throwable problem) {
        return problem instanceof SMTPException refused
                ? "the mail server answered " + refused.getReplyCode()
                : problem.getClass().getSimpleName();
    }
}
