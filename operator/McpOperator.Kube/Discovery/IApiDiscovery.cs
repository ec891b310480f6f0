using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>Knows which of the kinds that we could use the API server serves at present.</summary>
public interface IApiDiscovery : ISyncSource
{
    /// <summary>Whether a kind can be listed and written.</summary>
    bool IsServed(ResourceType type);

    /// <summary>Calls a handler whenever a kind begins or ceases to be served.</summary>
    void OnChange(Action<ResourceType, bool> handler);

    /// <summary>Looks after a kind; to be called before the start.</summary>
    void Track(ResourceType type);
}
