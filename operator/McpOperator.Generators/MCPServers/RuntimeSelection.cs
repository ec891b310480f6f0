using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Generators.MCPServers;

/// <summary>Decides what runs a server.</summary>
public static class RuntimeSelection
{
    /// <summary>
    /// What runs the server: what it asks for; with <see cref="RuntimeKind.Auto"/> Knative where the cluster has it, but a Deployment for
    /// a stdio server unless Knative lets pods have init containers, by which the bridge comes into the server's container.
    /// </summary>
    /// <param name="spec">The server.</param>
    /// <param name="knativeServed">Whether the cluster serves Knative's kinds.</param>
    /// <param name="knative">What the cluster's Knative is set up for.</param>
    public static RuntimeKind Of(MCPServerSpec spec, bool knativeServed, KnativeSettings knative) => spec.Runtime switch
    {
        not RuntimeKind.Auto => spec.Runtime,
        _ when !knativeServed => RuntimeKind.Deployment,
        _ when spec.Transport == Transport.Stdio && !knative.InitContainers => RuntimeKind.Deployment,
        _ => RuntimeKind.Knative,
    };
}
