using System.Text.Json.Nodes;

namespace McpOperator.TestKit;

/// <summary>The fake API server refuses a request.</summary>
public sealed class FakeApiException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    /// <summary>Seconds for the Retry-After header.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>For an expired list: where it can go on.</summary>
    public string? Continue { get; init; }

    public JsonObject ToStatus() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = Continue is null ? new JsonObject() : new JsonObject { ["continue"] = Continue },
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = Reason,
        ["code"] = Code,
    };

    public static FakeApiException NotFound(string what) => new(404, "NotFound", $"{what} not found");

    /// <summary>A path that leads nowhere: the real one answers in plain text.</summary>
    public static FakeApiException NotServed() => new(404, "", "404 page not found");

    public static FakeApiException Conflict(string what) =>
        new(409, "Conflict", $"{what}: the object has been modified; please apply your changes to the latest version and try again");

    public static FakeApiException Expired(string? next = null) => new(410, "Expired", "too old resource version") { Continue = next };
}
