using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>The API server answered, and the answer is no.</summary>
public sealed class KubernetesException : Exception
{
    /// <summary>Wraps an answer.</summary>
    /// <param name="statusCode">The HTTP status, or the code inside a watch's error event.</param>
    /// <param name="status">What the API server said, as far as it could be read.</param>
    /// <param name="request">What was asked, for the message: <c>PATCH services default/x</c>.</param>
    /// <param name="retryAfter">When the API server wants to be asked again, if it said so.</param>
    public KubernetesException(int statusCode, V1Status status, string request, TimeSpan? retryAfter = null)
        : base($"{request}: {Words(statusCode, status)} (HTTP {statusCode})")
    {
        StatusCode = statusCode;
        Status = status;
        RetryAfter = retryAfter ?? (status.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null);
    }

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; }

    /// <summary>What the API server said.</summary>
    public V1Status Status { get; }

    /// <summary>When the API server wants to be asked again; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The object or its namespace is not there: the API server looked for it.</summary>
    public bool IsNotFound => StatusCode == 404 && Status.Reason == "NotFound";

    /// <summary>
    /// The path leads nowhere, which says nothing about objects. The kind is not installed, or an API server that has just been started has not
    /// read its definitions yet: before 1.22 it answers so for a moment, later ones with a 503.
    /// </summary>
    public bool IsNotServed => LeadsNowhere(StatusCode, Status);

    /// <summary>The API server cannot do it now, whoever asks: it is no mistake of ours.</summary>
    public bool IsUnavailable => IsNotServed || StatusCode is 429 or >= 500;

    /// <summary>Somebody else changed the object first, or owns a field that was applied without force.</summary>
    public bool IsConflict => StatusCode == 409 && Status.Reason != "AlreadyExists";

    /// <summary>An object of that name exists already.</summary>
    public bool IsAlreadyExists => StatusCode == 409 && Status.Reason == "AlreadyExists";

    /// <summary>The version or the list's continuation is too old: list again.</summary>
    public bool IsGone => StatusCode == 410 || Status.Reason is "Expired" or "Gone";

    /// <summary>The API server sheds load.</summary>
    public bool IsTooManyRequests => StatusCode == 429;

    /// <summary>We may not do that.</summary>
    public bool IsForbidden => StatusCode == 403;

    /// <summary>The object breaks a rule; asking again without changing it is useless.</summary>
    public bool IsInvalid => StatusCode is 400 or 422;

    /// <summary>The version asked for lies in the API server's future: its store was set back, or it lags.</summary>
    internal bool IsVersionTooLarge => Status.Details?.Causes?.Any(static c => c.Reason == "ResourceVersionTooLarge") == true;

    private static bool LeadsNowhere(int statusCode, V1Status status) => statusCode == 404 && status.Reason != "NotFound";

    private static string Words(int statusCode, V1Status status) => LeadsNowhere(statusCode, status)
        ? $"the API server does not serve that, or not yet; is its CustomResourceDefinition installed? {status.Message}".TrimEnd()
        : status.Message ?? status.Reason ?? "refused";
}
