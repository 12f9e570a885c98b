package main

import (
	"context"
	"fmt"
	"time"

	"sdks/saying"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type total struct {
	Total int `json:"total"`
}

type request = mcp.CallToolRequest

func serve(kind string) error {
	note := "note://mcpgo/" + kind
	served := server.NewMCPServer("mcpgo", "1",
		server.WithToolCapabilities(true),
		server.WithResourceCapabilities(true, true),
		server.WithPromptCapabilities(true),
		server.WithLogging(),
		server.WithElicitation(),
	)
	served.EnableSampling()
	addTools(served)
	addTelling(served, note)
	addAsking(served)
	served.AddResource(mcp.NewResource(note, "note"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: note, Text: "a note"}}, nil
	})
	greet := mcp.NewPrompt("greet", mcp.WithArgument("name", mcp.RequiredArgument()))
	served.AddPrompt(greet, func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		content := mcp.NewTextContent("Greet " + req.Params.Arguments["name"])
		return mcp.NewGetPromptResult("", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, content)}), nil
	})
	if kind == "stdio" {
		return server.ServeStdio(served)
	}
	saying.Serve(server.NewStreamableHTTPServer(served, server.WithStateful(true)))
	return nil
}

func addTools(served *server.MCPServer) {
	echo := mcp.NewTool("echo", mcp.WithString("text", mcp.Required()))
	served.AddTool(echo, func(_ context.Context, req request) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(req.GetString("text", "")), nil
	})
	add := mcp.NewTool("add", mcp.WithNumber("a"), mcp.WithNumber("b"), mcp.WithOutputSchema[total]())
	served.AddTool(add, func(_ context.Context, req request) (*mcp.CallToolResult, error) {
		sum := total{req.GetInt("a", 0) + req.GetInt("b", 0)}
		return mcp.NewToolResultStructured(sum, fmt.Sprint(sum.Total)), nil
	})
	served.AddTool(mcp.NewTool("fail"), func(context.Context, request) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("it failed"), nil
	})
	grow := mcp.NewTool("grow", mcp.WithString("name", mcp.Required()))
	served.AddTool(grow, func(_ context.Context, req request) (*mcp.CallToolResult, error) {
		name := req.GetString("name", "")
		served.AddTool(mcp.NewTool(name), func(context.Context, request) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(name), nil
		})
		return mcp.NewToolResultText("grown"), nil
	})
}

func addTelling(served *server.MCPServer, note string) {
	served.AddTool(mcp.NewTool("progress"), func(ctx context.Context, req request) (*mcp.CallToolResult, error) {
		for done := 1; done <= 2 && req.Params.Meta != nil; done++ {
			params := map[string]any{"progressToken": req.Params.Meta.ProgressToken, "progress": done, "total": 2}
			if err := served.SendNotificationToClient(ctx, "notifications/progress", params); err != nil {
				return nil, err
			}
		}
		// The SDK writes what it tells in a goroutine, which an answer overtakes.
		time.Sleep(200 * time.Millisecond)
		return mcp.NewToolResultText("done"), nil
	})
	served.AddTool(mcp.NewTool("log"), func(ctx context.Context, _ request) (*mcp.CallToolResult, error) {
		line := mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "mcpgo", "a line of a log")
		if err := served.SendLogMessageToClient(ctx, line); err != nil {
			return nil, err
		}
		// As above.
		time.Sleep(200 * time.Millisecond)
		return mcp.NewToolResultText("logged"), nil
	})
	served.AddTool(mcp.NewTool("touch"), func(context.Context, request) (*mcp.CallToolResult, error) {
		served.SendNotificationToAllClients("notifications/resources/updated", map[string]any{"uri": note})
		return mcp.NewToolResultText("touched"), nil
	})
}

// addAsking: by input requests, which the SDK turns into requests of its own
// for clients of sessions.
func addAsking(served *server.MCPServer) {
	served.AddTool(mcp.NewTool("sample"), func(_ context.Context, req request) (*mcp.CallToolResult, error) {
		if answer := server.SamplingResponse(req.Params.InputResponses, "one"); answer != nil {
			return mcp.NewToolResultText(mcp.GetTextFromContent(answer.Content)), nil
		}
		messages := []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent("say so")}}
		params := mcp.CreateMessageParams{Messages: messages, MaxTokens: 10}
		return server.NewInputRequestBuilder("").Sample("one", params).ToolResult(), nil
	})
	served.AddTool(mcp.NewTool("elicit"), func(_ context.Context, req request) (*mcp.CallToolResult, error) {
		if answer := server.ElicitationResponse(req.Params.InputResponses, "one"); answer != nil {
			content, _ := answer.Content.(map[string]any)
			return mcp.NewToolResultText(fmt.Sprint(content["name"])), nil
		}
		properties := map[string]any{"name": map[string]any{"type": "string"}}
		schema := map[string]any{"type": "object", "properties": properties}
		params := mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: "who?", RequestedSchema: schema}
		return server.NewInputRequestBuilder("").Elicit("one", params).ToolResult(), nil
	})
}
