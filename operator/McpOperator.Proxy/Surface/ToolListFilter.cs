using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Policies;

namespace McpOperator.Proxy.Surface;

/// <summary>
/// Takes out of a list of tools what the caller may not call and what is not as approved, and puts the override's words in. Everything else
/// of the message stays as the server wrote it, <c>nextCursor</c> and <c>_meta</c> included.
/// </summary>
internal sealed class ToolListFilter(SurfaceWatch surface, TimeProvider time)
{
    private static readonly byte[] Private = "\"private\""u8.ToArray();

    /// <summary>The message as the caller gets it. Its JSON has been checked.</summary>
    /// <param name="message">The server's message.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="access">Grants and sessions.</param>
    /// <param name="caller">Who gets it.</param>
    /// <param name="session">The session at the server, if there is one.</param>
    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> message, PolicySnapshot policy, AccessTable access, Caller caller, string? session)
    {
        var result = JsonText.Member(message, "result");
        var tools = JsonText.Member(result, "tools");
        if (!JsonText.IsArray(tools))
        {
            return message;
        }

        var now = time.GetUtcNow();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (items, kept, isChanged) = (JsonText.Items(tools), new List<ReadOnlyMemory<byte>>(), false);
        foreach (var item in items)
        {
            var shown = ToolDefinition.Of(item) is { } tool && names.Add(tool.Name) && IsShown(tool, policy, access, caller, session, now) ? Rewritten(tool, policy.Rewrites.Of(tool.Name)) : default;
            isChanged |= !shown.Equals(item);
            if (!shown.IsEmpty)
            {
                kept.Add(shown);
            }
        }

        var filtered = isChanged ? JsonObjectText.Set(result, "tools", Array(kept)) : result;
        // What one caller may see is no answer for others (2026-07-28, Caching, "Cache Scope").
        if (policy.Document.Access.Mode != AccessMode.Open && JsonText.Unquote(JsonText.Member(result, "cacheScope")) == "public")
        {
            (filtered, isChanged) = (JsonObjectText.Set(filtered, "cacheScope", Private), true);
        }

        return isChanged ? JsonObjectText.Set(message, "result", filtered) : message;
    }

    private bool IsShown(ToolDefinition tool, PolicySnapshot policy, AccessTable access, Caller caller, string? session, DateTimeOffset now)
    {
        var shownName = policy.Rewrites.ShownName(tool.Name);
        // Another tool may have been given this one's name: then a call would reach that one.
        return policy.Table.Tools.Find(shownName)?.Name == tool.Name
            && surface.IsApproved(policy, tool, session)
            && AccessDecider.IsShown(policy.Table, access, caller, shownName, now);
    }

    private static ReadOnlyMemory<byte> Rewritten(ToolDefinition tool, ToolRewrite? other)
    {
        var text = tool.Text;
        if (other is null)
        {
            return text;
        }

        text = other.Annotations is { } hints ? JsonObjectText.Set(text, "annotations", Rewritten(tool["annotations"], hints)) : text;
        text = other.Description is { } description ? JsonObjectText.Set(text, "description", JsonObjectText.Quote(description)) : text;
        return other.Name is { } name ? JsonObjectText.Set(text, "name", JsonObjectText.Quote(name)) : text;
    }

    /// <summary>A hint that the override names replaces the server's own; the others stay.</summary>
    private static ReadOnlyMemory<byte> Rewritten(ReadOnlyMemory<byte> own, ToolAnnotations other)
    {
        var text = JsonText.IsObject(own) ? own : "{}"u8.ToArray();
        text = other.Title is { } title ? JsonObjectText.Set(text, "title", JsonObjectText.Quote(title)) : text;
        text = Hint(text, "readOnlyHint", other.ReadOnlyHint);
        text = Hint(text, "destructiveHint", other.DestructiveHint);
        text = Hint(text, "idempotentHint", other.IdempotentHint);
        return Hint(text, "openWorldHint", other.OpenWorldHint);
    }

    private static ReadOnlyMemory<byte> Hint(ReadOnlyMemory<byte> text, string name, bool? value) =>
        value is { } hint ? JsonObjectText.Set(text, name, hint ? "true"u8.ToArray() : "false"u8.ToArray()) : text;

    private static byte[] Array(List<ReadOnlyMemory<byte>> items)
    {
        using var buffer = new MemoryStream();
        buffer.WriteByte((byte)'[');
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                buffer.WriteByte((byte)',');
            }

            buffer.Write(items[i].Span);
        }

        buffer.WriteByte((byte)']');
        return buffer.ToArray();
    }
}
