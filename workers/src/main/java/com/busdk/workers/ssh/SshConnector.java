package com.busdk.workers.ssh;

import com.busdk.client.config.GoDuration;
import com.busdk.workers.ssh.NotBegunException.Cause;
import com.busdk.workers.ssh.StopWish.Wait;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.password.PasswordIdentityProvider;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.future.AuthFuture;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.future.SshFuture;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects and logs in, with one key and nothing else: no password, no agent, no file of the user who runs the worker. Its
 * methods block, on virtual threads. Immutable apart from the library's client, which is for any thread.
 */
final class SshConnector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SshConnector.class);

    /**
     * A server that is busy with logins drops new connections before it says a word (sshd's MaxStartups, by chance): so
     * often it is tried.
     */
    private static final int MAX_TRIES = 5;

    private static final int LONGEST_PAUSE_MILLIS = 300;

    /** A connection that misses so many signs of life is lost. */
    private static final int MAX_MISSED = 3;

    private final SshClient client;
    private final SshRunnerOptions options;
    private final KeyPair key;
    private final KnownHosts knownHosts;

    SshConnector(SshRunnerOptions options) {
        this.options = options;
        this.key = PrivateKey.read(options);
        this.knownHosts = new KnownHosts(options.knownHosts());
        this.client = client(options);
        client.start();
    }

    private static SshClient client(SshRunnerOptions options) {
        SshClient client = SshClient.setUpDefaultClient();
        client.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setPasswordIdentityProvider(PasswordIdentityProvider.EMPTY_PASSWORDS_PROVIDER);
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setServerKeyVerifier((session, address, hostKey) -> {
            HostKeyCheck check = check(session);
            return check != null && check.accepts(hostKey);
        });
        client.addSessionListener(new SessionListener() {
            @Override
            public void sessionNegotiationOptionsCreated(Session session, Map<KexProposalOption, String> proposal) {
                HostKeyCheck check = check(session);
                if (check != null) {
                    proposal.computeIfPresent(
                            KexProposalOption.SERVERKEYS, (option, algorithms) -> check.order(algorithms));
                }
            }
        });
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, options.keepAlive());
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MAX_MISSED);
        // Idle connections are the pool's to close; a script may be silent for a day.
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
        return client;
    }

    private static @Nullable HostKeyCheck check(Session session) {
        AttributeRepository context =
                session instanceof ClientSession connection ? connection.getConnectionContext() : null;
        return context == null ? null : context.getAttribute(HostKeyCheck.KEY);
    }

    /**
     * A session in which the user is logged in.
     *
     * @throws NotBegunException if there is none to be had
     * @throws EndedEarlyException if time is up or the end is asked for
     */
    ClientSession connect(Endpoint to, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, InterruptedException {
        for (int tried = 1; ; tried++) {
            try {
                return attempt(to, deadline, stop);
            } catch (DroppedException e) {
                if (tried == MAX_TRIES) {
                    throw unreachable(to, "closes connections before it says a word");
                }
                int pause = ThreadLocalRandom.current().nextInt(1, LONGEST_PAUSE_MILLIS * tried);
                Wait wait = stop.await(new CompletableFuture<>(), deadline.within(Duration.ofMillis(pause)));
                if (wait == Wait.STOPPED || deadline.passed()) {
                    throw new EndedEarlyException();
                }
            }
        }
    }

    private ClientSession attempt(Endpoint to, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, DroppedException, InterruptedException {
        HostKeyCheck check = new HostKeyCheck(to.address(), knownKeys(to), options.acceptNew());
        ConnectFuture connecting;
        try {
            connecting = client.connect(
                    to.user(), to.host(), to.port(), AttributeRepository.ofKeyValuePair(HostKeyCheck.KEY, check), null);
        } catch (IOException | RuntimeException e) { // names that cannot be resolved are the one or the other
            throw unreachable(to, "cannot be found or reached");
        }
        if (!done(connecting, deadline, stop)) {
            connecting.cancel();
            connecting.addListener(SshConnector::closeLate);
            throw unreachable(to, "accepted no connection within " + step());
        }
        if (!connecting.isConnected()) {
            if (isRefused(connecting.getException())) {
                throw unreachable(to, "accepts no connection");
            }
            throw new DroppedException(); // accepted and closed so fast that there is no session
        }
        ClientSession session = connecting.getSession();
        boolean loggedIn = false;
        try {
            logIn(session, check, to, deadline, stop);
            loggedIn = true;
        } finally {
            if (!loggedIn) {
                session.close(true);
            }
        }
        return session;
    }

    private void logIn(ClientSession session, HostKeyCheck check, Endpoint to, Deadline deadline, StopWish stop)
            throws NotBegunException, EndedEarlyException, DroppedException, InterruptedException {
        session.addPublicKeyIdentity(key);
        AuthFuture login;
        try {
            login = session.auth();
        } catch (IOException e) {
            throw refusedOrDropped(session, check, to, e);
        }
        if (!done(login, deadline, stop)) {
            throw unreachable(to, "accepted the connection, but did not finish the login within " + step());
        }
        if (!login.isSuccess()) {
            throw refusedOrDropped(session, check, to, login.getException());
        }
        check.learned().ifPresent(learned -> learn(to, learned));
    }

    private NotBegunException refusedOrDropped(
            ClientSession session, HostKeyCheck check, Endpoint to, @Nullable Throwable cause) throws DroppedException {
        if (check.refusal().isPresent()) {
            return new NotBegunException(Cause.HOST_KEY, check.refusal().get());
        }
        if (cause instanceof SshException e
                && e.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
            return new NotBegunException(
                    Cause.AUTH, to.address() + " does not let " + to.user() + " in with the runner's key");
        }
        if (session.getServerVersion() == null) {
            throw new DroppedException();
        }
        LOG.debug("login at {} failed", to.address(), cause);
        return unreachable(to, "closed the connection during the login, or has no algorithm in common with the runner");
    }

    /** Whether it is done in time for this step; false if only the step's time is up. */
    private <F extends SshFuture<F>> boolean done(F future, Deadline deadline, StopWish stop)
            throws EndedEarlyException, InterruptedException {
        CompletableFuture<Void> event = new CompletableFuture<>();
        future.addListener(ignored -> event.complete(null));
        Wait wait = stop.await(event, deadline.within(options.connectTimeout()));
        if (wait == Wait.STOPPED || wait == Wait.TIME_UP && deadline.passed()) {
            throw new EndedEarlyException();
        }
        return wait == Wait.HAPPENED;
    }

    private List<KnownHosts.HostKey> knownKeys(Endpoint to) throws NotBegunException {
        try {
            return knownHosts.of(to.host(), to.port());
        } catch (IOException e) {
            LOG.error("no host key can be checked: {}", e.getMessage());
            throw new NotBegunException(
                    Cause.HOST_KEY, "the runner cannot read its known_hosts file; its log says why");
        }
    }

    private void learn(Endpoint to, HostKeyCheck.Learned learned) {
        try {
            knownHosts.add(to.host(), to.port(), learned.type(), learned.base64());
            LOG.warn("learned the {} host key of {}, which was not known", learned.type(), to.address());
        } catch (IOException e) {
            LOG.error("cannot add the host key of {} to {}: {}", to.address(), options.knownHosts(), e.getMessage());
        }
    }

    private String step() {
        return GoDuration.format(options.connectTimeout());
    }

    private static boolean isRefused(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof ConnectException || at instanceof NoRouteToHostException) {
                return true;
            }
        }
        return false;
    }

    private static void closeLate(ConnectFuture late) {
        if (late.isConnected()) {
            late.getSession().close(true);
        }
    }

    private static NotBegunException unreachable(Endpoint to, String how) {
        return new NotBegunException(Cause.UNREACHABLE, to.address() + ' ' + how);
    }

    /** Closes every connection that is left. */
    @Override
    public void close() {
        client.stop();
    }

    /** The server hung up before it said a word. */
    private static final class DroppedException extends Exception {
        DroppedException() {
            super(null, null, false, false);
        }
    }
}
