using System.Text.Json.Nodes;

namespace McpOperator.TestKit;

/// <summary>One write that the API server answered.</summary>
public sealed record AuditedWrite(string Verb, string Resource, string? Subresource, string Namespace, string Name, string UserAgent, int Code)
{
    /// <summary>The leader says at intervals that it lives; nothing else may be written without a reason.</summary>
    public bool IsLease => Resource == "leases.coordination.k8s.io";

    public override string ToString() => $"{UserAgent} {Verb} {Resource}{(Subresource is null ? "" : "/" + Subresource)} {Namespace}/{Name} -> {Code}";
}

/// <summary>The API server's own record of all writes: what the operator's counters say of itself proves nothing.</summary>
public sealed class AuditLog(string path)
{
    /// <summary>The place up to which the log is known.</summary>
    public long Mark() => new FileInfo(path).Length;

    /// <summary>Writes since a mark, of all programs or of one.</summary>
    public IReadOnlyList<AuditedWrite> Since(long mark, string? userAgent = null)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = mark;
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n');
        // What follows the last line's end is still being written.
        return [.. lines.SkipLast(1).Where(line => line.Length > 0).Select(Parse).OfType<AuditedWrite>().Where(w => userAgent is null || w.UserAgent == userAgent)];
    }

    private static AuditedWrite? Parse(string line)
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
            (string)entry["verb"]!,
            string.IsNullOrEmpty(group) ? (string)about["resource"]! : $"{about["resource"]}.{group}",
            (string?)about["subresource"],
            (string?)about["namespace"] ?? "",
            (string?)about["name"] ?? "",
            (string?)entry["userAgent"] ?? "",
            (int?)entry["responseStatus"]?["code"] ?? 0);
    }
}
