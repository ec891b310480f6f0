using McpOperator.Protocol;

namespace McpOperator.Proxy.Translation;

/// <summary>Which changes a <c>subscriptions/listen</c> wants to be told, as far as the server tells them.</summary>
internal sealed record SubscriptionFilter(bool Tools, bool Prompts, bool ResourceLists, IReadOnlyList<string> Resources)
{
    /// <summary>The filter that is asked for, without what the server cannot do.</summary>
    public static SubscriptionFilter Of(ReadOnlyMemory<byte> asked, ReadOnlyMemory<byte> capabilities) => new(
        IsTrue(asked, "toolsListChanged") && IsTrue(JsonText.Member(capabilities, "tools"), "listChanged"),
        IsTrue(asked, "promptsListChanged") && IsTrue(JsonText.Member(capabilities, "prompts"), "listChanged"),
        IsTrue(asked, "resourcesListChanged") && IsTrue(JsonText.Member(capabilities, "resources"), "listChanged"),
        IsTrue(JsonText.Member(capabilities, "resources"), "subscribe") && JsonText.Member(asked, "resourceSubscriptions") is var uris && JsonText.IsArray(uris)
            ? [.. JsonText.Items(uris).Select(JsonText.Unquote).OfType<string>().Take(100)]
            : []);

    /// <summary>Whether a message is one of them.</summary>
    public bool Includes(ReadOnlyMemory<byte> message) => JsonText.Unquote(JsonText.Member(message, "method")) switch
    {
        McpMethods.ToolsListChanged => Tools,
        McpMethods.PromptsListChanged => Prompts,
        McpMethods.ResourcesListChanged => ResourceLists,
        McpMethods.ResourcesUpdated => Resources.Count > 0,
        _ => false,
    };

    /// <summary>The filter as <c>params.notifications</c> of a request for it.</summary>
    public byte[] ToJson() => StatelessMessages.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var (name, wanted) in new[] { ("toolsListChanged", Tools), ("promptsListChanged", Prompts), ("resourcesListChanged", ResourceLists) })
        {
            if (wanted)
            {
                writer.WriteBoolean(name, true);
            }
        }

        if (Resources.Count > 0)
        {
            writer.WriteStartArray("resourceSubscriptions");
            foreach (var uri in Resources)
            {
                writer.WriteStringValue(uri);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    });

    /// <summary>The notification that says what will be told.</summary>
    public byte[] Acknowledgement() => JsonRpcWriter.Call(default, McpMethods.ListenAcknowledged, writer =>
    {
        writer.WriteStartObject();
        StatelessMessages.Raw(writer, "notifications", ToJson());
        writer.WriteEndObject();
    });

    private static bool IsTrue(ReadOnlyMemory<byte> from, string name) => JsonText.Member(from, name).Span.SequenceEqual("true"u8);
}
