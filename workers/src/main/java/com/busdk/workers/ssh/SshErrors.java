package com.busdk.workers.ssh;

import com.busdk.client.config.GoDuration;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import java.time.Duration;

/** The errors of this worker, with the words that its responses carry. Words never change. */
final class SshErrors {
    /** No target answered, or none finished its part of the login. */
    static final String UNREACHABLE = "ssh_unreachable";

    /** Targets answered, but none let a user in. */
    static final String AUTH_FAILED = "ssh_auth_failed";

    /** A target has another host key than the runner knows, or one that it does not know. */
    static final String HOST_KEY_MISMATCH = "host_key_mismatch";

    /** The connection broke while the script ran, and did not come back: what it did until then is not known. */
    static final String CONNECTION_LOST = "ssh_connection_lost";

    /** The script was or may have been begun by an earlier attempt, and what became of it cannot be found out. */
    static final String OUTCOME_UNKNOWN = "ssh_outcome_unknown";

    /** The target let us in, but could not run the script. */
    static final String FAILED = "ssh_failed";

    /** The network could not be set up before the script; the script was not begun. */
    static final String BOOTSTRAP_FAILED = "network_bootstrap_failed";

    /** Somebody asked for its end. */
    static final String CANCELLED = "cancelled";

    private static final int BAD_GATEWAY = 502;
    private static final int CONFLICT = 409;

    private SshErrors() {}

    static ApiException badRequest(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }

    /** An error of one of the words above. */
    static ApiException of(String type, String message) {
        return ApiException.of(BAD_GATEWAY, type, Echo.clean(message, ApiException.MAX_MESSAGE_CHARS));
    }

    static ApiException cancelled(String whatIsLeft) {
        return ApiException.of(CONFLICT, CANCELLED, "the run was cancelled" + whatIsLeft);
    }

    static ApiException timeout(Duration limit, String whatIsLeft) {
        return ApiException.of(
                ErrorType.TIMEOUT, "the script did not end within " + GoDuration.format(limit) + whatIsLeft);
    }

    static ApiException neverBegun(Duration limit, String tried) {
        return ApiException.of(
                ErrorType.TIMEOUT,
                Echo.clean(
                        "no target let the script begin within " + GoDuration.format(limit) + tried,
                        ApiException.MAX_MESSAGE_CHARS));
    }

    static ApiException stopping() {
        return ApiException.of(ErrorType.UNAVAILABLE, "the SSH runner is stopping: send the request again");
    }
}
