package main

import (
	"context"
	"errors"
	"net/http"

	"sdks/saying"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type none struct{}

type named struct {
	Name string `json:"name"`
}

type texted struct {
	Text string `json:"text"`
}

type numbers struct {
	A int `json:"a"`
	B int `json:"b"`
}

type total struct {
	Total int `json:"total"`
}

type request = mcp.CallToolRequest

func say(text string) (*mcp.CallToolResult, any, error) {
	content := []mcp.Content{&mcp.TextContent{Text: text}}
	return &mcp.CallToolResult{Content: content}, nil, nil
}

func ask(question mcp.InputRequest) (*mcp.CallToolResult, any, error) {
	asked := mcp.InputRequestMap{"one": question}
	return &mcp.CallToolResult{InputRequests: asked}, nil, nil
}

func serve(kind string) error {
	note := "note://gosdk/" + kind
	server := mcp.NewServer(&mcp.Implementation{Name: "gosdk", Version: "1"}, &mcp.ServerOptions{
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
	})
	addTools(server, note)
	addAsking(server)
	server.AddResource(&mcp.Resource{Name: "note", URI: note}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: note, Text: "a note"}}}, nil
	})
	arguments := []*mcp.PromptArgument{{Name: "name", Required: true}}
	server.AddPrompt(&mcp.Prompt{Name: "greet", Arguments: arguments}, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		content := &mcp.TextContent{Text: "Greet " + req.Params.Arguments["name"]}
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: content}}}, nil
	})
	if kind == "stdio" {
		return server.Run(context.Background(), &mcp.StdioTransport{})
	}
	saying.Serve(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	return nil
}

func addTools(server *mcp.Server, note string) {
	mcp.AddTool(server, &mcp.Tool{Name: "echo"}, func(_ context.Context, _ *request, in texted) (*mcp.CallToolResult, any, error) {
		return say(in.Text)
	})
	mcp.AddTool(server, &mcp.Tool{Name: "add"}, func(_ context.Context, _ *request, in numbers) (*mcp.CallToolResult, total, error) {
		return nil, total{in.A + in.B}, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "fail"}, func(context.Context, *request, none) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New("it failed")
	})
	mcp.AddTool(server, &mcp.Tool{Name: "progress"}, func(ctx context.Context, req *request, _ none) (*mcp.CallToolResult, any, error) {
		for done := 1.0; done <= 2; done++ {
			params := &mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(), Progress: done, Total: 2}
			if err := req.Session.NotifyProgress(ctx, params); err != nil {
				return nil, nil, err
			}
		}
		return say("done")
	})
	mcp.AddTool(server, &mcp.Tool{Name: "log"}, func(ctx context.Context, req *request, _ none) (*mcp.CallToolResult, any, error) {
		if err := req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "info", Data: "a line of a log"}); err != nil {
			return nil, nil, err
		}
		return say("logged")
	})
	mcp.AddTool(server, &mcp.Tool{Name: "grow"}, func(_ context.Context, _ *request, in named) (*mcp.CallToolResult, any, error) {
		mcp.AddTool(server, &mcp.Tool{Name: in.Name}, func(context.Context, *request, none) (*mcp.CallToolResult, any, error) {
			return say(in.Name)
		})
		return say("grown")
	})
	mcp.AddTool(server, &mcp.Tool{Name: "touch"}, func(ctx context.Context, _ *request, _ none) (*mcp.CallToolResult, any, error) {
		if err := server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: note}); err != nil {
			return nil, nil, err
		}
		return say("touched")
	})
}

// addAsking: by input requests, which the SDK turns into requests of its own
// for clients of sessions.
func addAsking(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{Name: "sample"}, func(_ context.Context, req *request, _ none) (*mcp.CallToolResult, any, error) {
		answer, answered := req.Params.InputResponses["one"]
		if !answered {
			content := &mcp.TextContent{Text: "say so"}
			messages := []*mcp.SamplingMessage{{Role: "user", Content: content}}
			return ask(&mcp.CreateMessageParams{MaxTokens: 10, Messages: messages})
		}
		switch sampled := answer.(type) {
		case *mcp.CreateMessageResult:
			return say(sampled.Content.(*mcp.TextContent).Text)
		case *mcp.CreateMessageWithToolsResult:
			return say(sampled.Content[0].(*mcp.TextContent).Text)
		}
		return nil, nil, errors.New("no sampled answer")
	})
	mcp.AddTool(server, &mcp.Tool{Name: "elicit"}, func(_ context.Context, req *request, _ none) (*mcp.CallToolResult, any, error) {
		answer, answered := req.Params.InputResponses["one"].(*mcp.ElicitResult)
		if !answered {
			properties := map[string]*jsonschema.Schema{"name": {Type: "string"}}
			schema := &jsonschema.Schema{Type: "object", Properties: properties}
			return ask(&mcp.ElicitParams{Message: "who?", RequestedSchema: schema})
		}
		return say(answer.Content["name"].(string))
	})
}
