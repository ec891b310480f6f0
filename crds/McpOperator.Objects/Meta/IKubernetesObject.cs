namespace McpOperator.Objects;

/// <summary>Anything that the API server serves: it says which version and kind it is.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, such as <c>apps/v1</c>; <c>v1</c> for the core group.</summary>
    string ApiVersion { get; }

    /// <summary>The kind's name, such as <c>Deployment</c>.</summary>
    string Kind { get; }
}

/// <summary>An object with metadata: everything but lists and statuses.</summary>
/// <typeparam name="TMetadata">In practice always <see cref="V1ObjectMeta"/>; the parameter keeps KubernetesClient's shape.</typeparam>
public interface IKubernetesObject<TMetadata> : IKubernetesObject
{
    /// <summary>Name, namespace, labels, owners and the versions that the API server keeps.</summary>
    TMetadata Metadata { get; }
}
