using System.Text.Json.Nodes;

namespace McpOperator.TestKit;

/// <summary>One request that the API server answered: a write of anybody, or anything that the operator's own account asked.</summary>
public sealed record AuditedRequest(string User, string Verb, string Resource, string? Subresource, string Namespace, string Name, string UserAgent, int Code)
{
    /// <summary>Whether the user had no right to it; a refusal by admission is none of these.</summary>
    public bool IsForbidden { get; init; }

    /// <summary>Whether it changed something, or tried.</summary>
    public bool IsWrite => Verb is not ("get" or "list" or "watch");

    /// <summary>The leader says at intervals that it lives; nothing else may be written without a reason.</summary>
    public bool IsLease => Resource == "leases.coordination.k8s.io";

    public override string ToString() => $"{UserAgent} {Verb} {Resource}{(Subresource is null ? "" : "/" + Subresource)} {Namespace}/{Name} -> {Code}";
}

/// <summary>The API server's own record: what the operator's counters say of itself proves nothing.</summary>
public sealed class AuditLog(string path)
{
    /// <summary>The place up to which the log is known.</summary>
    public long Mark() => new FileInfo(path).Length;

    /// <summary>Writes since a mark, of all programs or of one.</summary>
    public IReadOnlyList<AuditedRequest> Since(long mark, string? userAgent = null) =>
        [.. Read(mark).Where(r => r.IsWrite && (userAgent is null || r.UserAgent == userAgent))];

    /// <summary>Everything that a user asked, reads as well if it is the operator's account.</summary>
    public IReadOnlyList<AuditedRequest> RequestsOf(string user) => [.. Read(0).Where(r => r.User == user)];

    private IEnumerable<AuditedRequest> Read(long mark)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = mark;
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n');
        // What follows the last line's end is still being written.
        return lines.SkipLast(1).Where(line => line.Length > 0).Select(Parse).OfType<AuditedRequest>();
    }

    private static AuditedRequest? Parse(string line)
    {
        JsonNode entry;
        try
        {
            entry = JsonNode.Parse(line)!;
        }
        catch (System.Text.Json.JsonException)
        {
            // An API server that was killed leaves half a line.
            return null;
        }

        if (entry["objectRef"] is not { } about || (string?)entry["stage"] != "ResponseComplete")
        {
            return null;
        }

        var group = (string?)about["apiGroup"];
        return new(
            (string?)entry["user"]?["username"] ?? "",
            (string)entry["verb"]!,
            string.IsNullOrEmpty(group) ? (string)about["resource"]! : $"{about["resource"]}.{group}",
            (string?)about["subresource"],
            (string?)about["namespace"] ?? "",
            (string?)about["name"] ?? "",
            (string?)entry["userAgent"] ?? "",
            (int?)entry["responseStatus"]?["code"] ?? 0)
        {
            IsForbidden = (string?)entry["annotations"]?["authorization.k8s.io/decision"] == "forbid",
        };
    }
}
